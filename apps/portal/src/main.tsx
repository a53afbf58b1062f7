import "@cloudscape-design/global-styles/index.css";
import "./frame/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./frame/app.tsx";
import { applyAppearance } from "./frame/appearance.ts";

applyAppearance();
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
