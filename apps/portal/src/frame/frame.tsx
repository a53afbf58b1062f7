import { createBrowserRouter, RouterProvider } from "react-router";
import { pages } from "../pages/index.tsx";
import { Layout } from "./layout.tsx";
import { Loading } from "./states.tsx";

/** Made at once, so that the page is on its way while the server is asked who is signed in. */
const router = createBrowserRouter([
  { element: <Layout />, hydrateFallbackElement: <Loading />, children: pages },
]);

/** The pages in their frame, for who is signed in. */
export default function Frame() {
  return <RouterProvider router={router} />;
}
