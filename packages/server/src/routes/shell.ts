import { shellRoutes, type TerminalDocument } from "@sluice/api";
import { SluiceError } from "@sluice/model";
import { askerOf } from "../audit/asker.ts";
import { mayAsk } from "../http/access.ts";
import { type Call, type Implementation, implement, SENT } from "../http/handler.ts";
import { acceptWebSocket, requireWebSocket } from "../http/web-sockets.ts";
import type { Identity } from "../identity/identity.ts";
import { connectTerminal } from "../shell/connection.ts";
import { endingOf, type ShellParts, type SiteTerminals, targetOf } from "../shell/terminals.ts";

export interface ShellRouteParts extends Pick<ShellParts, "audit" | "config"> {
  readonly terminals: SiteTerminals;
  readonly identity: Identity;
}

/** Where it was opened from is known; who comes to it from elsewhere is written down, too. */
async function auditMove(
  { audit }: ShellRouteParts,
  { params, request }: Call<typeof shellRoutes.connectTerminal>,
  { from }: Pick<TerminalDocument, "from">,
): Promise<void> {
  if (from === request.ip) return;
  const target = targetOf({ cluster: params.cluster, id: params.terminal });
  const action = shellRoutes.connectTerminal.id;
  await audit.write({ ...askerOf(request), action, target, result: "done" });
}

export function shellImplementations(parts: ShellRouteParts): readonly Implementation[] {
  const { config, terminals, identity } = parts;
  const { Enabled, IdleMinutes, DetachedMinutes, TerminalsOfUser } = config.Shell;
  const requireShell = (): void => {
    if (Enabled) return;
    throw new SluiceError("SHELL_SWITCHED_OFF", "user", "this site has no shell in the browser", {
      hint: "ask an administrator of the site; Shell.Enabled in the server's file says so",
    });
  };

  return [
    implement(shellRoutes.describeShell, async () => ({
      enabled: Enabled,
      idleMinutes: IdleMinutes,
      detachedMinutes: DetachedMinutes,
      terminalsOfUser: TerminalsOfUser,
    })),
    implement(shellRoutes.listTerminals, async ({ principal, params }) => ({
      terminals: await terminals.list(principal, params.cluster),
    })),
    implement(shellRoutes.openTerminal, async ({ principal, params, body, audit, request }) => {
      requireShell();
      const { ip: from } = request;
      const opened = await terminals.open(principal, { ...params, ...body, from });
      audit.target(targetOf(opened));
      audit.detail({ unixUser: opened.unixUser });
      return opened;
    }),
    implement(shellRoutes.describeTerminal, async ({ principal, params }) =>
      terminals.get(principal, params),
    ),
    implement(shellRoutes.endTerminal, async ({ principal, params, audit }) => {
      audit.target(targetOf({ cluster: params.cluster, id: params.terminal }));
      await terminals.end(principal, params);
    }),
    implement(shellRoutes.connectTerminal, async (call) => {
      requireShell();
      const { principal, params, query, request, signal } = call;
      const terminal = await terminals.get(principal, params);
      requireWebSocket(call);
      await auditMove(parts, call, terminal);
      const pipe = await terminals.connect(principal, params);
      const socket = acceptWebSocket(call);
      if (socket === undefined) {
        pipe.destroy();
        return SENT;
      }
      connectTerminal(socket, {
        pipe,
        attachment: query,
        mayStay: async (typed) => {
          if (!typed) return identity.lives(principal);
          const again = await identity.authenticate(request);
          const isSame = again?.id === principal.id && again.unixUser === principal.unixUser;
          return isSame && mayAsk(shellRoutes.connectTerminal.access, again, params.cluster);
        },
        onEnd: (end) => terminals.over(params.terminal, endingOf(end)),
        signal,
      });
      return SENT;
    }),
  ];
}
