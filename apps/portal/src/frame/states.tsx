import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { ProblemError } from "@sluice/api";
import { isSluiceError } from "@sluice/model";
import { Component, type ReactNode } from "react";
import { text } from "../catalogue/index.ts";
import { DATABASE_AWAY } from "./database.ts";
import { sentence } from "./format.ts";
import { statusOf } from "./queries.ts";

export function Loading() {
  return (
    <Box textAlign="center" padding="xxl" color="text-status-inactive">
      <Spinner /> {text.frame.states.loading}
    </Box>
  );
}

/** Whether it is only the server's database that is away: what needs it waits, and jobs run on. */
export function isOfDatabase(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === DATABASE_AWAY;
}

/** The sentences of an error: what is wrong, where, and what to do. */
export function errorSentences(error: unknown): readonly string[] {
  if (isOfDatabase(error)) return [sentence(text.frame.database.away), text.frame.database.jobs];
  if (error instanceof ProblemError) {
    const { detail, title, hint, errors = [] } = error.problem;
    const said = detail ?? title;
    const parts = errors
      .filter(({ message }) => !said.includes(message))
      .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    return [said, ...parts, ...(hint === undefined ? [] : [hint])].map(sentence);
  }
  if (isSluiceError(error)) {
    if (error.code === "SERVER_UNREACHABLE") return [sentence(text.frame.connection.away)];
    return [error.message, ...(error.hint === undefined ? [] : [error.hint])].map(sentence);
  }
  return [text.frame.states.broken];
}

/** An error where its cause is, with a way to try again. */
export function Failure({
  error,
  again,
  header,
}: {
  readonly error: unknown;
  readonly again?: () => void;
  readonly header?: string;
}) {
  if (isOfDatabase(error)) return <WithoutDatabase />;
  const [first, ...more] = errorSentences(error);
  return (
    <Alert
      type="error"
      header={header}
      action={again && <Button onClick={again}>{text.frame.states.again}</Button>}
    >
      {header === undefined ? <strong>{first}</strong> : first}
      {more.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </Alert>
  );
}

/** In the place of what the database has, while it is away. */
export function WithoutDatabase() {
  const { hidden, hiddenMore } = text.frame.database;
  return (
    <Alert type="info" header={hidden}>
      {hiddenMore}
    </Alert>
  );
}

/** What stands in an empty list: what would be here, and how it comes here. */
export function Empty({
  title = text.frame.states.nothing,
  more,
  action,
}: {
  readonly title?: string;
  readonly more?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <Box textAlign="center" padding={{ vertical: "l" }} color="inherit">
      <SpaceBetween size="xs">
        <b>{title}</b>
        {more !== undefined && (
          <Box variant="p" color="inherit">
            {more}
          </Box>
        )}
        {action}
      </SpaceBetween>
    </Box>
  );
}

export function Forbidden({ needs }: { readonly needs?: keyof typeof text.frame.roles }) {
  const { states, roles } = text.frame;
  return (
    <Empty
      title={states.forbidden}
      more={
        <>
          {needs !== undefined && `${states.needsRole(roles[needs])} `}
          {states.forbiddenMore}
        </>
      }
    />
  );
}

export function NotFound() {
  const { states } = text.frame;
  return (
    <Empty
      title={states.notFound}
      more={states.notFoundMore}
      action={<Button href="/">{states.home}</Button>}
    />
  );
}

interface Reading<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly refetch: () => unknown;
}

/** What was read, or how it stands with that: loading, failed, forbidden, gone. */
export function Read<Data>({
  from,
  children,
}: {
  readonly from: Reading<Data>;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, error, isPending, refetch } = from;
  // What is there is shown, also when reading it again failed.
  if (data !== undefined) return children(data);
  if (isPending) return <Loading />;
  if (statusOf(error) === 403) return <Forbidden />;
  if (statusOf(error) === 404) return <NotFound />;
  return <Failure error={error} again={() => refetch()} />;
}

interface BoundaryProps {
  /** Another place is another page, which is not broken. */
  readonly place?: string;
  readonly children: ReactNode;
}

/** Keeps a page that breaks from taking the others along. */
export class Boundary extends Component<BoundaryProps, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate({ place }: BoundaryProps): void {
    if (place !== this.props.place && this.state.error !== undefined) {
      this.setState({ error: undefined });
    }
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const { states } = text.frame;
    const isOld = /dynamically imported module|Importing a module/.test(error.message);
    return (
      <Alert
        type={isOld ? "info" : "error"}
        header={isOld ? states.newVersion : states.broken}
        action={<Button onClick={() => location.reload()}>{states.reload}</Button>}
      >
        {isOld ? "" : states.brokenMore}
      </Alert>
    );
  }
}
