import "@cloudscape-design/global-styles/index.css";
import "./frame/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { chooseLanguage } from "./catalogue/index.ts";
import { App } from "./frame/app.tsx";
import { applyAppearance } from "./frame/appearance.ts";

applyAppearance();
const root = document.getElementById("root");
if (root !== null) {
  void chooseLanguage(navigator.languages).then(() =>
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    ),
  );
}
