import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type CreatedToken, ROUTES, SCOPES, type Scope } from "@sluice/api";
import { type FormEvent, useState } from "react";
import { text } from "../../../catalogue/index.ts";
import { useChange, useRead } from "../../../frame/queries.ts";
import { errorSentences } from "../../../frame/states.tsx";
import { scopeWords } from "./token-words.ts";

const DAYS = [1, 7, 30, 90, 365];
const USUAL_DAYS = 90;

/** The form for a token of one's own; what it makes is handed on at once, as it is shown once. */
export function NewToken({
  onMade,
  onCancel,
}: {
  readonly onMade: (token: CreatedToken) => void;
  readonly onCancel: () => void;
}) {
  const { tokens } = text.administration;
  const [name, setName] = useState("");
  const [days, setDays] = useState(USUAL_DAYS);
  const [reach, setReach] = useState<"all" | "some">("all");
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const [clusters, setClusters] = useState<readonly string[]>([]);
  const [isTried, setTried] = useState(false);
  const served = useRead(ROUTES.listClusters, {}, { staleTime: 60_000 });
  const create = useChange(ROUTES.createToken, [ROUTES.listTokens]);
  const names = served.data?.items.map(({ clusterName }) => clusterName) ?? [];
  const isMissing = { name: name.trim() === "", scopes: reach === "some" && scopes.length === 0 };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (isMissing.name || isMissing.scopes || create.isPending) return;
    create.mutate(
      {
        body: {
          name: name.trim(),
          expiresInDays: days,
          ...(reach === "some" ? { scopes: [...scopes] } : {}),
          ...(clusters.length === 0 ? {} : { clusters: [...clusters] }),
        },
      },
      { onSuccess: onMade },
    );
  };
  const options = SCOPES.map((value) => ({ value, label: scopeWords(value) }));
  const terms = DAYS.map((count) => ({ value: `${count}`, label: tokens.days(count) }));
  return (
    <form onSubmit={submit}>
      <Form
        {...(create.isError ? { errorText: errorSentences(create.error).join(" ") } : {})}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onCancel}>
              {text.frame.actions.cancel}
            </Button>
            <Button variant="primary" loading={create.isPending}>
              {tokens.create}
            </Button>
          </SpaceBetween>
        }
      >
        <Container header={<Header variant="h2">{tokens.new}</Header>}>
          <SpaceBetween size="m">
            <FormField
              label={tokens.name}
              description={tokens.nameHelp}
              errorText={isTried && isMissing.name ? tokens.missingName : ""}
            >
              <Input
                value={name}
                autoFocus
                autoComplete={false}
                onChange={({ detail }) => setName(detail.value)}
              />
            </FormField>
            <FormField label={tokens.expiresIn}>
              <Select
                options={terms}
                selectedOption={terms.find(({ value }) => value === `${days}`) ?? null}
                onChange={({ detail }) => setDays(Number(detail.selectedOption.value))}
              />
            </FormField>
            <FormField label={tokens.scopes}>
              <RadioGroup
                value={reach}
                items={[
                  { value: "all", label: tokens.all },
                  { value: "some", label: tokens.some },
                ]}
                onChange={({ detail }) => setReach(detail.value === "some" ? "some" : "all")}
              />
            </FormField>
            {reach === "some" && (
              <FormField
                label={tokens.chooseScopes}
                errorText={isTried && isMissing.scopes ? tokens.missingScopes : ""}
              >
                <Multiselect
                  options={options}
                  selectedOptions={options.filter(({ value }) => scopes.includes(value))}
                  filteringType="auto"
                  onChange={({ detail }) =>
                    setScopes(detail.selectedOptions.map(({ value }) => value as Scope))
                  }
                />
              </FormField>
            )}
            {names.length > 0 && (
              <FormField label={tokens.clusters}>
                <Multiselect
                  options={names.map((value) => ({ value, label: value }))}
                  selectedOptions={clusters.map((value) => ({ value, label: value }))}
                  placeholder={tokens.allClusters}
                  onChange={({ detail }) =>
                    setClusters(detail.selectedOptions.flatMap(({ value }) => value ?? []))
                  }
                />
              </FormField>
            )}
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
