import { useMemo } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";
import { pages } from "../pages/index.tsx";
import { Layout } from "./layout.tsx";
import { Loading } from "./states.tsx";

/** The pages in their frame, for who is signed in. */
export default function Frame() {
  const router = useMemo(
    () =>
      createBrowserRouter([
        { element: <Layout />, hydrateFallbackElement: <Loading />, children: pages },
      ]),
    [],
  );
  return <RouterProvider router={router} />;
}
