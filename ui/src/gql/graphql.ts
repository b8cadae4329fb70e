/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A change that is planned. Which members it needs stands with its kind. */
export type ChangeInput = {
  /** The column that is changed; nested ones by path. */
  column?: string | null | undefined;
  /** The dataset that is changed; needed unless a job is. */
  dataset?: DatasetRef | null | undefined;
  /** What it was: a type, a materialization, an access. */
  from?: string | null | undefined;
  /** The job that is changed. */
  job?: JobRef | null | undefined;
  /** What is changed. */
  kind: ChangeKind;
  /** What it becomes: a name, a type, a materialization, an access. */
  to?: string | null | undefined;
};

/** The kinds of changes, as files, answers and GraphQL write them. */
export type ChangeKind =
  /** Fewer may read a dataset. `from` and `to` say who. */
  | 'ACCESS_NARROWED'
  /** Columns stand in another order. */
  | 'COLUMNS_REORDERED'
  /** A column is new. Needs `column`. */
  | 'COLUMN_ADDED'
  /** A column may now be null. Needs `column`. */
  | 'COLUMN_NULLABLE'
  /** A column is computed otherwise. Needs `column`. */
  | 'COLUMN_REDERIVED'
  /** A column is gone. Needs `column`. */
  | 'COLUMN_REMOVED'
  /** A column has another name. Needs `column` and `to`. */
  | 'COLUMN_RENAMED'
  /** A column may no longer be null. Needs `column`. */
  | 'COLUMN_REQUIRED'
  /** A column has another type. Needs `column`; `from` and `to` are types. */
  | 'COLUMN_RETYPED'
  /** A contract that was enforced is not any more. */
  | 'CONTRACT_DROPPED'
  /** A dataset is new. */
  | 'DATASET_ADDED'
  /** A dataset is gone. */
  | 'DATASET_REMOVED'
  /** A dataset has another name. Needs `to`. */
  | 'DATASET_RENAMED'
  /** A job does something else. Needs `job`. */
  | 'JOB_CHANGED'
  /** A job is gone. Needs `job`. */
  | 'JOB_REMOVED'
  /** A dataset is made another way. `from` and `to` say how. */
  | 'MATERIALIZATION_CHANGED'
  /** Which rows there are has changed: all columns. */
  | 'ROWS_CHANGED';

/** A column by the name of its dataset and its own. */
export type ColumnRef = {
  /** The column; nested ones by path, for example `address.city`. */
  column: string;
  /** Name of the dataset. */
  name: string;
  /** Namespace of the dataset. */
  namespace: string;
};

/**
 * The class of a change of a schema, in the words of schema registries, as far as names and types
 * tell. An added column is taken to be empty in old rows.
 */
export type Compatibility =
  /**
   * Who reads by the new version can read old rows, but not the other way round: a column is gone
   * or wider.
   */
  | 'BACKWARD'
  /**
   * Who reads by the old version can read new rows, but not the other way round: a column is
   * narrower.
   */
  | 'FORWARD'
  /** Who reads by either version can read rows of the other. */
  | 'FULL'
  /** Neither. */
  | 'NONE';

/** How it is known that something is a consumer. */
export type ConsumerSource =
  /** The `dbt_exposures` facet of what it reads. */
  | 'DBT'
  /** Its own facet `headwater_consumer`. */
  | 'FACET'
  /** An entry of `consumers` in the policy. */
  | 'POLICY';

/** A dataset by its name. */
export type DatasetRef = {
  /** Name, as sent by the producer. */
  name: string;
  /** Namespace, as sent by the producer. */
  namespace: string;
};

/** Which way to walk. */
export type Direction =
  /** Towards the consumers. */
  | 'DOWNSTREAM'
  /** Towards the sources. */
  | 'UPSTREAM';

/** What kind of edge it is. */
export type EdgeKind =
  /**
   * Between datasets and jobs: what the producer said. Told by column lineage, or by a run or
   * static event that names only inputs or only outputs (a dashboard reads this, a generator
   * writes that).
   */
  | 'DECLARED'
  /** Between columns: the value is made from the value. */
  | 'DIRECT'
  /** Between columns: used in a join, filter, grouping, sort … */
  | 'INDIRECT'
  /**
   * Between datasets and jobs: inferred from inputs × outputs. The job read the one and wrote
   * the other, and nothing says that this output is made from this input.
   */
  | 'INFERRED';

/** Where evidence is from. */
export type EvidenceOrigin =
  /** The producer said it. */
  | 'DECLARED'
  /** Read from the statement that the job sent (its sql facet), where that leaves no doubt. */
  | 'FROM_SQL'
  /** The job read the one and wrote the other. */
  | 'INFERRED';

/** From where to draw how far. */
export type Expansion = {
  /** Hops; 1 unless given. */
  depth?: number;
  /** Which way; the node alone when it is not given. */
  direction?: Direction | null | undefined;
  /** Leave out whatever lies beyond this many neighbours of this node. */
  limit?: number | null | undefined;
  /** Where to start; of a column its dataset. */
  node: NodeRef;
};

/** Which datasets to draw: those with lineage that fit both lists; an empty list fits all. */
export type GraphPart = {
  /** Layers; an empty text is "in none". */
  layers?: Array<string>;
  /** Namespaces. */
  namespaces?: Array<string>;
};

/** Why names were not joined. */
export type IdentityReason =
  /** A chain of ties leads to several places or tables. */
  | 'CHAIN'
  /**
   * A dataset was renamed, and its old name (`at`) has been written since, so it is another dataset
   * again. This is told, and is no doubt.
   */
  | 'REUSED'
  /**
   * Several tables, or several places, that are in use by themselves are tied to one name: two
   * tables over one path, one table at two paths.
   */
  | 'SHARED_NAME'
  /**
   * A newer tie took the place of an older one that is told no more: a table has moved. This is
   * told, and is no doubt.
   */
  | 'SUPERSEDED'
  /** More than 1,000 names hang together. */
  | 'TOO_MANY'
  /**
   * The name does not tell where its dataset is (`memory://pandas`, `sqlite`, a Postgres without
   * port or database), and it is used from several places: `names` has the producers, each with
   * the namespace of its jobs.
   */
  | 'UNLOCATED';

/** How bad it is for who is reached. */
export type ImpactClass =
  /** It breaks. */
  | 'BREAKING'
  /** It may break: only datasets, and no columns, are known to hang together. */
  | 'POSSIBLY_BREAKING'
  /** Nobody is affected. */
  | 'SAFE'
  /** It cannot be told. */
  | 'UNKNOWN'
  /** It goes on working, with other values. */
  | 'VALUE_CHANGE';

/** What is affected. */
export type ImpactKind =
  /** A column. */
  | 'COLUMN'
  /** A dashboard, report, export … */
  | 'CONSUMER'
  /** A dataset of which it is not known which columns. */
  | 'DATASET'
  /** A job. */
  | 'JOB'
  /** A model of the code that is checked. */
  | 'MODEL';

/** A job by its name. */
export type JobRef = {
  /** Name of the job. */
  name: string;
  /** Namespace of the job. */
  namespace: string;
};

/** Which text of a hit matched. */
export type MatchField =
  /** Another name of the dataset. */
  | 'ALIAS'
  /** The column. */
  | 'COLUMN'
  /** The description. */
  | 'DESCRIPTION'
  /** The name of the dataset or job. */
  | 'NAME';

/** What a node is. */
export type NodeKind =
  /** A column of a dataset. */
  | 'COLUMN'
  /** A table, view, topic, file … */
  | 'DATASET'
  /** What makes datasets from datasets. */
  | 'JOB';

/** A node of the lineage graph: exactly one of its members. */
export type NodeRef =
  {   /** A column. */
  column: ColumnRef; dataset?: never; job?: never; }
  |  { column?: never;   /** A dataset. */
  dataset: DatasetRef; job?: never; }
  |  { column?: never; dataset?: never;   /** A job. */
  job: JobRef; };

/** The states of a run. */
export type RunState =
  /** It was stopped. */
  | 'ABORT'
  /** It ended well. */
  | 'COMPLETE'
  /** It failed. */
  | 'FAIL'
  /** Only additional information was sent. */
  | 'OTHER'
  /** It reports while it runs. */
  | 'RUNNING'
  /** It was started. */
  | 'START';

/** Narrows a search. Values of one list are alternatives, the lists must all hold. */
export type SearchFilter = {
  /** Kinds to keep. */
  kinds?: Array<NodeKind>;
  /** Layers to keep; an empty text is "in none". */
  layers?: Array<string>;
  /** Namespaces to keep. */
  namespaces?: Array<string>;
  /** Owners, of which a hit has at least one. */
  owners?: Array<string>;
  /** Tags (`key` or `key:value`), of which a hit has at least one. */
  tags?: Array<string>;
};

/** How grave a violation is. */
export type Severity =
  /** To be mended. */
  | 'ERROR'
  /** To be known. */
  | 'INFO'
  /** To be looked at. */
  | 'WARNING';

/** A rule by which a name is a spelling of another; `[identity]` in the settings. */
export type SpellingRule =
  /** It differs in case alone, and its store does not tell cases apart. */
  | 'CASE'
  /** It is a partition of a folder, or a file in one: `/t/dt=2026-01-01` is `/t`. */
  | 'PARTITION'
  /** It has SQL quotes: `"db"."t"` is `db.t`. */
  | 'QUOTES'
  /** It ends in a slash. */
  | 'SLASH';

/** How far a statement could be read. */
export type SqlLineageState =
  /** Some is known; `gaps` says what is not. What is missing is unknown, not absent. */
  | 'PARTLY'
  /** Nothing is known; `gaps` says why. */
  | 'UNKNOWN'
  /** It has not been read yet. */
  | 'WAITING'
  /** All that it does to columns is known. */
  | 'WHOLE';

/** What a subject is. */
export type SubjectKind =
  /** A dataset. */
  | 'DATASET'
  /** A job that is an exposure of dbt: only the datasets that it reads tell of it. */
  | 'EXPOSURE'
  /** A job. */
  | 'JOB';

/** What ties two names. */
export type TieKind =
  /** A lifecycleStateChange of `RENAME`: `other` is the name before. */
  | 'RENAME'
  /** A symlinks facet. */
  | 'SYMLINK';

/** What follows from a finding or a report. */
export type Verdict =
  /** It cannot be told. That is never a pass. */
  | 'CANNOT_TELL'
  /** It should not go in. */
  | 'FAIL'
  /** Nothing: it may go in. */
  | 'PASS'
  /** It may go in, and somebody should look. */
  | 'WARN';

/** What happened to a violation. */
export type ViolationEvent =
  /** It is there no more. */
  | 'CLOSED'
  /** An exception excuses it now. */
  | 'EXCEPTED'
  /** It is there, or excused no more. */
  | 'OPENED';

/** Narrows a list of violations; what is not given matches all. */
export type ViolationFilter = {
  /** Of these contracts. */
  contracts?: Array<string> | null | undefined;
  /** The subject, or the other dataset of a pair, is in this layer. */
  layer?: string | null | undefined;
  /** Name of the subject. */
  name?: string | null | undefined;
  /** Namespace of the subject. */
  namespace?: string | null | undefined;
  /** One of these owners; the owner of the contract counts where the subject has none. */
  owners?: Array<string> | null | undefined;
  /** Of these rules. */
  rules?: Array<string> | null | undefined;
  /** Of these severities. */
  severities?: Array<Severity> | null | undefined;
  /** In this state. */
  state?: ViolationState | null | undefined;
};

/** Whether something is done about a violation. */
export type ViolationState =
  /** An exception excuses it for a while. */
  | 'EXCEPTED'
  /** Nothing excuses it. */
  | 'OPEN';

export type NeighbourhoodQueryVariables = Exact<{
  expand: Array<Expansion> | Expansion;
  part?: GraphPart | null | undefined;
  limit?: number | null | undefined;
  asOf?: string | null | undefined;
}>;


export type NeighbourhoodQuery = { neighbourhood: { leftOut: number, nodes: Array<{ id: string, kind: NodeKind, namespace: string, name: string, layer: string | null, dropped: boolean, ambiguous: boolean, upstreamCount: number, downstreamCount: number, dataset: { owners: Array<{ name: string }>, columns: Array<{ name: string, type: string | null }> } | null, job: { owners: Array<{ name: string }> } | null }>, edges: Array<{ from: number, to: number, inferred: boolean, jobs: Array<{ namespace: string, name: string }> }>, columnEdges: Array<{ from: number, fromColumn: string, to: number, toColumn: string | null, indirect: boolean }> } };

export type NeighbourhoodBonesQueryVariables = Exact<{
  expand: Array<Expansion> | Expansion;
  part?: GraphPart | null | undefined;
  limit?: number | null | undefined;
  asOf?: string | null | undefined;
}>;


export type NeighbourhoodBonesQuery = { neighbourhood: { leftOut: number, nodes: Array<{ id: string, kind: NodeKind, namespace: string, name: string, layer: string | null, dropped: boolean, ambiguous: boolean, upstreamCount: number, downstreamCount: number }>, edges: Array<{ from: number, to: number, inferred: boolean }> } };

export type CheckPageQueryVariables = Exact<{
  id: string | number;
}>;


export type CheckPageQuery = { check: { id: string, title: string | null, repository: string | null, branch: string | null, commit: string | null, url: string | null, source: string, verdict: Verdict, exitCode: number, checkedAt: string, storedAt: string, report: { verdict: Verdict, summary: { changes: number, breaking: number, possiblyBreaking: number, valueChange: number, safe: number, unknown: number, waived: number, datasets: number, columns: number, jobs: number, consumers: number }, notes: Array<{ code: string, message: string, unknown: boolean }>, findings: Array<{ id: string, class: ImpactClass, action: Verdict, reason: string, fix: string | null, affectedTotal: number, changedAlongTotal: number, truncated: boolean, change: { kind: ChangeKind, namespace: string, name: string, column: string | null, from: string | null, to: string | null, owners: Array<string>, file: string | null, line: number | null, detail: string | null }, waiver: { owner: string, reason: string, until: string } | null, affected: Array<{ kind: ImpactKind, class: ImpactClass, namespace: string, name: string, column: string | null, depth: number, layer: string | null, consumer: string | null, owners: Array<string>, contracts: Array<string>, path: Array<{ namespace: string, name: string, column: string | null, by: string | null, knownBy: string | null, indirect: boolean, runs: number | null }> }>, changedAlong: Array<{ kind: ImpactKind, class: ImpactClass, namespace: string, name: string, column: string | null, depth: number, layer: string | null, consumer: string | null, owners: Array<string>, contracts: Array<string>, path: Array<{ namespace: string, name: string, column: string | null, by: string | null, knownBy: string | null, indirect: boolean, runs: number | null }> }> }> } | null } | null };

export type ChecksPageQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ChecksPageQuery = { checks: { total: number, keep: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, title: string | null, repository: string | null, branch: string | null, commit: string | null, source: string, verdict: Verdict, checkedAt: string, summary: { changes: number, breaking: number, consumers: number } }> } };

export type ContractsPolicyQueryVariables = Exact<{ [key: string]: never; }>;


export type ContractsPolicyQuery = { status: { policy: { file: string, loadedAt: string, problems: Array<string>, broken: string | null, evaluatedSeq: number | null } | null } };

export type ContractsPageQueryVariables = Exact<{ [key: string]: never; }>;


export type ContractsPageQuery = { contracts: Array<{ name: string, doc: string | null, rule: string, owner: string | null, severity: Severity, selected: number, openCount: number, exceptedCount: number, truncated: boolean }>, layers: Array<{ name: string | null, kind: string | null, doc: string | null, datasetCount: number, reads: Array<string> }> };

export type ViolationNewsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type ViolationNewsSubscription = { violationChanged: { id: string | null, event: ViolationEvent | null, missed: number } };

export type DatasetPageQueryVariables = Exact<{
  namespace: string;
  name: string;
  asOf?: string | null | undefined;
}>;


export type DatasetPageQuery = { dataset: { id: string, namespace: string, name: string, description: string | null, layer: string | null, type: string | null, subType: string | null, firstSeen: string | null, lastSeen: string | null, droppedAt: string | null, columnCount: number, upstreamCount: number, downstreamCount: number, producedByCount: number, consumedByCount: number, nameCount: number, owners: Array<{ name: string, type: string | null }>, tags: Array<{ key: string, value: string }>, lifecycle: { change: string, previousName: string | null, previousNamespace: string | null } | null, retired: { by: string | null, reason: string | null, since: string | null } | null, identity: { ambiguous: boolean }, runs: Array<{ id: string, state: RunState, startedAt: string | null, job: { namespace: string, name: string } }>, schemaHistory: { total: number }, quality: { assertions: Array<{ success: boolean | null }>, metrics: { rowCount: number | null, toldAt: string | null } | null } } | null };

export type FindQueryVariables = Exact<{
  text: string;
  filter?: SearchFilter | null | undefined;
  first: number;
}>;


export type FindQuery = { search: { total: number, relaxed: boolean, ignoredTerms: number, nodes: Array<{ id: string, kind: NodeKind, namespace: string, name: string, column: string | null, description: string | null, layer: string | null, tags: Array<string>, owners: Array<string>, alike: number | null, snippets: Array<{ field: MatchField, parts: Array<{ text: string, matched: boolean }> }> }> } };

export type FindCountsQueryVariables = Exact<{
  text: string;
  filter?: SearchFilter | null | undefined;
}>;


export type FindCountsQuery = { searchCounts: { total: number, kinds: Array<{ kind: NodeKind, count: number }>, layers: Array<{ value: string, count: number }>, namespaces: Array<{ value: string, count: number }>, owners: Array<{ value: string, count: number }>, tags: Array<{ value: string, count: number }> }, status: { headSeq: number, searchSeq: number, counts: { datasets: number, columns: number, jobs: number, runs: number, events: number } } };

export type ImpactPageQueryVariables = Exact<{
  changes: Array<ChangeInput> | ChangeInput;
}>;


export type ImpactPageQuery = { impact: { verdict: Verdict, summary: { changes: number, breaking: number, possiblyBreaking: number, valueChange: number, safe: number, unknown: number, waived: number, datasets: number, columns: number, jobs: number, consumers: number }, notes: Array<{ code: string, message: string, unknown: boolean }>, findings: Array<{ id: string, class: ImpactClass, action: Verdict, reason: string, fix: string | null, affectedTotal: number, changedAlongTotal: number, truncated: boolean, change: { kind: ChangeKind, namespace: string, name: string, column: string | null, from: string | null, to: string | null, owners: Array<string>, file: string | null, line: number | null, detail: string | null }, waiver: { owner: string, reason: string, until: string } | null, affected: Array<{ kind: ImpactKind, class: ImpactClass, namespace: string, name: string, column: string | null, depth: number, layer: string | null, consumer: string | null, owners: Array<string>, contracts: Array<string>, path: Array<{ namespace: string, name: string, column: string | null, by: string | null, knownBy: string | null, indirect: boolean, runs: number | null }> }>, changedAlong: Array<{ kind: ImpactKind, class: ImpactClass, namespace: string, name: string, column: string | null, depth: number, layer: string | null, consumer: string | null, owners: Array<string>, contracts: Array<string>, path: Array<{ namespace: string, name: string, column: string | null, by: string | null, knownBy: string | null, indirect: boolean, runs: number | null }> }> }> } };

export type JobPageQueryVariables = Exact<{
  namespace: string;
  name: string;
  asOf?: string | null | undefined;
  first: number;
}>;


export type JobPageQuery = { job: { id: string, namespace: string, name: string, description: string | null, type: string | null, integration: string | null, processingType: string | null, firstSeen: string | null, lastSeen: string | null, producers: Array<string>, childCount: number, inputCount: number, outputCount: number, owners: Array<{ name: string, type: string | null }>, tags: Array<{ key: string, value: string }>, exposure: { name: string, type: string | null, url: string | null } | null, retired: { by: string | null, reason: string | null, since: string | null } | null, family: { pattern: string, count: number } | null, parent: { namespace: string, name: string, runId: string, job: { id: string } | null } | null, children: Array<{ id: string, namespace: string, name: string, type: string | null, integration: string | null, lastSeen: string | null }>, inputs: Array<{ id: string, namespace: string, name: string, layer: string | null, owners: Array<{ name: string, type: string | null }> }>, outputs: Array<{ id: string, namespace: string, name: string, layer: string | null, owners: Array<{ name: string, type: string | null }> }>, sql: { query: string, dialect: string | null } | null, sourceCode: { language: string | null, code: string } | null, sourceCodeLocation: { type: string | null, url: string | null, repoUrl: string | null, path: string | null, version: string | null, branch: string | null } | null, runs: { total: number, nodes: Array<{ id: string, state: RunState, stateConflict: boolean, startedAt: string | null, durationMs: number | null, rowsRead: number | null, rowsWritten: number | null, errorMessage: string | null, childCount: number, nominalStart: string | null, job: { namespace: string, name: string } }> }, facets: Array<{ name: string, text: string, masked: boolean, setAt: string | null }> } | null };

export type RunPageQueryVariables = Exact<{
  id: string | number;
}>;


export type RunPageQuery = { runs: Array<{ id: string, state: RunState, stateConflict: boolean, startedAt: string | null, endedAt: string | null, durationMs: number | null, producer: string, nominalStart: string | null, nominalEnd: string | null, errorMessage: string | null, errorLanguage: string | null, stackTrace: string | null, rowsRead: number | null, rowsWritten: number | null, bytesRead: number | null, bytesWritten: number | null, childCount: number, job: { namespace: string, name: string, type: string | null, integration: string | null }, parent: { namespace: string, name: string, runId: string, run: { id: string } | null } | null, root: { namespace: string, name: string, runId: string } | null, children: Array<{ id: string, state: RunState, startedAt: string | null, durationMs: number | null, errorMessage: string | null, job: { namespace: string, name: string } }>, states: Array<{ state: RunState, time: string | null }>, processingEngine: { name: string | null, version: string | null } | null, externalQuery: { id: string | null, source: string | null } | null, extractionError: { failedTasks: number | null, totalTasks: number | null, errors: Array<{ task: string | null, message: string | null }> } | null, inputs: Array<{ rowCount: number | null, bytes: number | null, fileCount: number | null, dataset: { id: string, namespace: string, name: string, layer: string | null }, subset: { type: string | null, partitions: Array<string>, locations: Array<string> } | null }>, outputs: Array<{ rowCount: number | null, bytes: number | null, fileCount: number | null, dataset: { id: string, namespace: string, name: string, layer: string | null }, subset: { type: string | null, partitions: Array<string>, locations: Array<string> } | null }>, assertions: Array<{ dataset: { namespace: string, name: string }, assertions: Array<{ assertion: string, column: string | null, success: boolean | null, severity: string | null }> }>, tests: Array<{ name: string, status: string | null, description: string | null }>, facets: Array<{ name: string, text: string, masked: boolean, setAt: string | null }> }> };

export type UsedFragment = { rowCount: number | null, bytes: number | null, fileCount: number | null, dataset: { id: string, namespace: string, name: string, layer: string | null }, subset: { type: string | null, partitions: Array<string>, locations: Array<string> } | null };

export type ArrivedQueryVariables = Exact<{ [key: string]: never; }>;


export type ArrivedQuery = { status: { counts: { events: number, datasets: number, jobs: number } } };

export type StatusPageQueryVariables = Exact<{ [key: string]: never; }>;


export type StatusPageQuery = { status: { version: string, appliedSeq: number, headSeq: number, searchSeq: number, storeBytes: number, logBytes: number, unreadableEvents: number, sqlWaiting: number, broken: string | null, searchBroken: string | null, appendFailed: string | null, logFailed: string | null, emitterCount: number, emittersComplete: boolean, counts: { events: number, datasets: number, columns: number, jobs: number, runs: number, assertions: number } }, emitters: Array<{ producer: string, events: number, duplicates: number, first: string | null, last: string | null, warnings: Array<{ code: string, count: number }> }> };

export type NewEventsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type NewEventsSubscription = { newEvents: { seq: number | null, kind: string | null, state: string | null, time: string | null, producer: string | null, namespace: string | null, name: string | null, missed: number } };

export type ExceptionsQueryVariables = Exact<{ [key: string]: never; }>;


export type ExceptionsQuery = { exceptions: Array<{ contracts: Array<string>, reason: string, owner: string, approvedBy: string, until: string, ends: string | null, ended: boolean, excuses: number, subject: { namespace: Array<string>, name: Array<string> }, object: { namespace: Array<string>, name: Array<string> } | null }> };

export type UnclassifiedQueryVariables = Exact<{
  first: number;
}>;


export type UnclassifiedQuery = { search: { total: number, nodes: Array<{ id: string, namespace: string, name: string, owners: Array<string>, tags: Array<string> }> } };

export type ConsumersQueryVariables = Exact<{
  first: number;
}>;


export type ConsumersQuery = { consumers: { total: number, nodes: Array<{ kind: string, source: ConsumerSource, owners: Array<string>, subject: { kind: SubjectKind, namespace: string, name: string, layer: string | null }, reads: Array<{ kind: SubjectKind, namespace: string, name: string, layer: string | null }>, dependsOn: Array<{ columns: Array<string>, dataset: { namespace: string, name: string } }> }> } };

export type ViolationsQueryVariables = Exact<{
  filter?: ViolationFilter | null | undefined;
  first: number;
  asOf?: string | null | undefined;
}>;


export type ViolationsQuery = { violations: { total: number, truncatedContracts: Array<string>, nodes: Array<{ id: string, contract: string, rule: string, severity: Severity, message: string, owners: Array<string>, since: string | null, state: ViolationState, exception: { owner: string, approvedBy: string, reason: string, until: string, ends: string | null } | null, subject: { kind: SubjectKind, namespace: string, name: string, layer: string | null }, object: { kind: SubjectKind, namespace: string, name: string, layer: string | null } | null, steps: Array<{ evidenceCount: number, from: { kind: SubjectKind, namespace: string, name: string, layer: string | null }, to: { kind: SubjectKind, namespace: string, name: string, layer: string | null }, evidence: Array<{ producer: string, declared: boolean, runs: number, lastSeen: string | null, lastRun: string | null, job: { namespace: string, name: string } | null }> }> }> } };

export type DatasetColumnsQueryVariables = Exact<{
  namespace: string;
  name: string;
  asOf?: string | null | undefined;
}>;


export type DatasetColumnsQuery = { dataset: { columnCount: number, columns: Array<{ name: string, type: string | null, description: string | null, removed: boolean, removedAt: string | null, fromLineageOnly: boolean, firstSeen: string | null, upstreamCount: number, downstreamCount: number, tags: Array<{ key: string, value: string }> }> } | null };

export type SchemaHistoryQueryVariables = Exact<{
  namespace: string;
  name: string;
}>;


export type SchemaHistoryQuery = { dataset: { schemaHistory: { total: number, truncated: boolean, versions: Array<{ validFrom: string | null, validTo: string | null, columnCount: number, compatibility: Compatibility, changes: { added: Array<string>, removed: Array<string>, reordered: boolean, likelyRenamed: Array<{ before: string, after: string }>, retyped: Array<{ column: string, before: string | null, after: string | null }>, redescribed: Array<{ column: string, before: string | null, after: string | null }> }, toldBy: Array<{ jobNamespace: string | null, jobName: string | null, producer: string | null }> }> } } | null };

export type DatasetViolationsQueryVariables = Exact<{
  namespace: string;
  name: string;
  asOf?: string | null | undefined;
}>;


export type DatasetViolationsQuery = { violations: { total: number, nodes: Array<{ severity: Severity }> } };

export type DatasetFactsQueryVariables = Exact<{
  namespace: string;
  name: string;
}>;


export type DatasetFactsQuery = { dataset: { producers: Array<string>, firstSeen: string | null, lastSeen: string | null, version: string | null, dataSource: { name: string | null, uri: string | null } | null, catalog: { name: string | null, type: string | null, framework: string | null, warehouseUri: string | null, metadataUri: string | null } | null, storage: { layer: string | null, fileFormat: string | null } | null, hierarchy: Array<{ name: string, type: string | null }>, changes: Array<{ change: string, firstSeen: string | null, lastSeen: string | null, producer: string }>, identity: { ambiguous: boolean, doubts: Array<{ reason: IdentityReason, message: string, count: number }> }, names: Array<{ namespace: string, name: string, canonical: boolean, used: boolean, rule: SpellingRule | null, ties: Array<{ kind: TieKind, producer: string, lastSeen: string | null, of: { name: string }, other: { name: string } }> }>, facets: Array<{ name: string, text: string, masked: boolean, setAt: string | null }> } | null };

export type DatasetMakingQueryVariables = Exact<{
  namespace: string;
  name: string;
  asOf?: string | null | undefined;
}>;


export type DatasetMakingQuery = { dataset: { producedByCount: number, consumedByCount: number, producedBy: Array<{ id: string, namespace: string, name: string, type: string | null, integration: string | null, lastSeen: string | null, owners: Array<{ name: string, type: string | null }>, sql: { query: string, dialect: string | null } | null }>, consumedBy: Array<{ id: string, namespace: string, name: string, type: string | null, integration: string | null, lastSeen: string | null, outputCount: number, owners: Array<{ name: string, type: string | null }> }>, sqlLineage: Array<{ state: SqlLineageState, dialect: string | null, runs: number, columnEdges: number, gaps: Array<{ code: string, message: string }>, job: { namespace: string, name: string } | null }>, runs: Array<{ id: string, state: RunState, startedAt: string | null, durationMs: number | null, rowsWritten: number | null, bytesWritten: number | null, errorMessage: string | null, job: { namespace: string, name: string } }> } | null };

export type NeighboursQueryVariables = Exact<{
  node: NodeRef;
  direction: Direction;
  depth?: number | null | undefined;
  hops: number;
  asOf?: string | null | undefined;
}>;


export type NeighboursQuery = { lineage: { total: number, truncated: boolean, nodes: Array<{ id: string, kind: NodeKind, namespace: string, name: string, depth: number, layer: string | null, dropped: boolean, inCycle: boolean }>, edges: Array<{ from: string, to: string, kind: EdgeKind, evidence: Array<{ producer: string, jobName: string | null, runs: number, runsSince: number, lastSeen: string | null, origin: EvidenceOrigin, isStatic: boolean }> }> }, neighbourhood: { nodes: Array<{ id: string, dataset: { owners: Array<{ name: string }> } | null, job: { owners: Array<{ name: string }> } | null }> } };

export type DatasetQualityTabQueryVariables = Exact<{
  namespace: string;
  name: string;
  asOf?: string | null | undefined;
}>;


export type DatasetQualityTabQuery = { dataset: { quality: { jobsLeftOut: number, assertions: Array<{ assertion: string, name: string | null, column: string | null, success: boolean | null, severity: string | null, expected: string | null, actual: string | null, description: string | null, content: string | null, toldAt: string | null }>, metrics: { rowCount: number | null, bytes: number | null, fileCount: number | null, lastUpdated: string | null, toldAt: string | null, columns: Array<{ column: string, count: string | null, nullCount: number | null, distinctCount: number | null, min: string | null, max: string | null, sum: string | null }> } | null }, tests: Array<{ name: string, column: string | null, kinds: Array<string> }>, producedBy: Array<{ namespace: string, name: string, runs: { nodes: Array<{ id: string, startedAt: string | null, assertions: Array<{ dataset: { namespace: string, name: string }, assertions: Array<{ assertion: string, column: string | null, success: boolean | null }> }> }> } }>, consumedBy: Array<{ namespace: string, name: string, runs: { nodes: Array<{ id: string, startedAt: string | null, assertions: Array<{ dataset: { namespace: string, name: string }, assertions: Array<{ assertion: string, column: string | null, success: boolean | null }> }> }> } }> } | null };

export type CheckedFragment = { namespace: string, name: string, runs: { nodes: Array<{ id: string, startedAt: string | null, assertions: Array<{ dataset: { namespace: string, name: string }, assertions: Array<{ assertion: string, column: string | null, success: boolean | null }> }> }> } };

export type ImpactColumnsQueryVariables = Exact<{
  namespace: string;
  name: string;
}>;


export type ImpactColumnsQuery = { dataset: { namespace: string, name: string, layer: string | null, columns: Array<{ name: string, type: string | null, downstreamCount: number }> } | null };

export type ReportPartsFragment = { verdict: Verdict, summary: { changes: number, breaking: number, possiblyBreaking: number, valueChange: number, safe: number, unknown: number, waived: number, datasets: number, columns: number, jobs: number, consumers: number }, notes: Array<{ code: string, message: string, unknown: boolean }>, findings: Array<{ id: string, class: ImpactClass, action: Verdict, reason: string, fix: string | null, affectedTotal: number, changedAlongTotal: number, truncated: boolean, change: { kind: ChangeKind, namespace: string, name: string, column: string | null, from: string | null, to: string | null, owners: Array<string>, file: string | null, line: number | null, detail: string | null }, waiver: { owner: string, reason: string, until: string } | null, affected: Array<{ kind: ImpactKind, class: ImpactClass, namespace: string, name: string, column: string | null, depth: number, layer: string | null, consumer: string | null, owners: Array<string>, contracts: Array<string>, path: Array<{ namespace: string, name: string, column: string | null, by: string | null, knownBy: string | null, indirect: boolean, runs: number | null }> }>, changedAlong: Array<{ kind: ImpactKind, class: ImpactClass, namespace: string, name: string, column: string | null, depth: number, layer: string | null, consumer: string | null, owners: Array<string>, contracts: Array<string>, path: Array<{ namespace: string, name: string, column: string | null, by: string | null, knownBy: string | null, indirect: boolean, runs: number | null }> }> }> };

export type AffectedPartsFragment = { kind: ImpactKind, class: ImpactClass, namespace: string, name: string, column: string | null, depth: number, layer: string | null, consumer: string | null, owners: Array<string>, contracts: Array<string>, path: Array<{ namespace: string, name: string, column: string | null, by: string | null, knownBy: string | null, indirect: boolean, runs: number | null }> };

export type DetailColumnsQueryVariables = Exact<{
  namespace: string;
  name: string;
  asOf?: string | null | undefined;
}>;


export type DetailColumnsQuery = { dataset: { columns: Array<{ name: string, type: string | null }> } | null };

export type SummaryQueryVariables = Exact<{
  asOf?: string | null | undefined;
}>;


export type SummaryQuery = { graphSummary: { isolated: number, groups: Array<{ layer: string | null, namespace: string, datasets: number }>, flows: Array<{ from: number, to: number, edges: number }> } };

export type ColumnPathQueryVariables = Exact<{
  node: NodeRef;
  asOf?: string | null | undefined;
}>;


export type ColumnPathQuery = { up: { total: number, truncated: boolean, nodes: Array<{ namespace: string, name: string }> }, down: { total: number, truncated: boolean, nodes: Array<{ namespace: string, name: string }> } };

export type PathBetweenQueryVariables = Exact<{
  from: NodeRef;
  to: NodeRef;
  asOf?: string | null | undefined;
}>;


export type PathBetweenQuery = { path: { nodes: Array<{ id: string, kind: NodeKind, namespace: string, name: string, column: string | null }> } };

export type PickDatasetQueryVariables = Exact<{
  text: string;
}>;


export type PickDatasetQuery = { search: { nodes: Array<{ id: string, namespace: string, name: string, layer: string | null }> } };

export type PaletteQueryVariables = Exact<{
  text: string;
}>;


export type PaletteQuery = { search: { total: number, nodes: Array<{ id: string, kind: NodeKind, namespace: string, name: string, column: string | null, layer: string | null }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const UsedFragmentDoc = new TypedDocumentString(`
    fragment Used on RunDataset {
  rowCount
  bytes
  fileCount
  dataset {
    id
    namespace
    name
    layer
  }
  subset {
    type
    partitions
    locations
  }
}
    `, {"fragmentName":"Used"}) as unknown as TypedDocumentString<UsedFragment, unknown>;
export const CheckedFragmentDoc = new TypedDocumentString(`
    fragment Checked on Job {
  namespace
  name
  runs(first: 10) {
    nodes {
      id
      startedAt
      assertions {
        dataset {
          namespace
          name
        }
        assertions {
          assertion
          column
          success
        }
      }
    }
  }
}
    `, {"fragmentName":"Checked"}) as unknown as TypedDocumentString<CheckedFragment, unknown>;
export const AffectedPartsFragmentDoc = new TypedDocumentString(`
    fragment AffectedParts on ImpactAffected {
  kind
  class
  namespace
  name
  column
  depth
  layer
  consumer
  owners
  contracts
  path {
    namespace
    name
    column
    by
    knownBy
    indirect
    runs
  }
}
    `, {"fragmentName":"AffectedParts"}) as unknown as TypedDocumentString<AffectedPartsFragment, unknown>;
export const ReportPartsFragmentDoc = new TypedDocumentString(`
    fragment ReportParts on ImpactReport {
  verdict
  summary {
    changes
    breaking
    possiblyBreaking
    valueChange
    safe
    unknown
    waived
    datasets
    columns
    jobs
    consumers
  }
  notes {
    code
    message
    unknown
  }
  findings {
    id
    class
    action
    reason
    fix
    affectedTotal
    changedAlongTotal
    truncated
    change {
      kind
      namespace
      name
      column
      from
      to
      owners
      file
      line
      detail
    }
    waiver {
      owner
      reason
      until
    }
    affected {
      ...AffectedParts
    }
    changedAlong {
      ...AffectedParts
    }
  }
}
    fragment AffectedParts on ImpactAffected {
  kind
  class
  namespace
  name
  column
  depth
  layer
  consumer
  owners
  contracts
  path {
    namespace
    name
    column
    by
    knownBy
    indirect
    runs
  }
}`, {"fragmentName":"ReportParts"}) as unknown as TypedDocumentString<ReportPartsFragment, unknown>;
export const NeighbourhoodDocument = new TypedDocumentString(`
    query Neighbourhood($expand: [Expansion!]!, $part: GraphPart, $limit: Int, $asOf: DateTime) {
  neighbourhood(expand: $expand, part: $part, limit: $limit, asOf: $asOf) {
    leftOut
    nodes {
      id
      kind
      namespace
      name
      layer
      dropped
      ambiguous
      upstreamCount
      downstreamCount
      dataset {
        owners {
          name
        }
        columns(limit: 400) {
          name
          type
        }
      }
      job {
        owners {
          name
        }
      }
    }
    edges {
      from
      to
      inferred
      jobs {
        namespace
        name
      }
    }
    columnEdges {
      from
      fromColumn
      to
      toColumn
      indirect
    }
  }
}
    `) as unknown as TypedDocumentString<NeighbourhoodQuery, NeighbourhoodQueryVariables>;
export const NeighbourhoodBonesDocument = new TypedDocumentString(`
    query NeighbourhoodBones($expand: [Expansion!]!, $part: GraphPart, $limit: Int, $asOf: DateTime) {
  neighbourhood(expand: $expand, part: $part, limit: $limit, asOf: $asOf) {
    leftOut
    nodes {
      id
      kind
      namespace
      name
      layer
      dropped
      ambiguous
      upstreamCount
      downstreamCount
    }
    edges {
      from
      to
      inferred
    }
  }
}
    `) as unknown as TypedDocumentString<NeighbourhoodBonesQuery, NeighbourhoodBonesQueryVariables>;
export const CheckPageDocument = new TypedDocumentString(`
    query CheckPage($id: ID!) {
  check(id: $id) {
    id
    title
    repository
    branch
    commit
    url
    source
    verdict
    exitCode
    checkedAt
    storedAt
    report(limit: 500) {
      ...ReportParts
    }
  }
}
    fragment ReportParts on ImpactReport {
  verdict
  summary {
    changes
    breaking
    possiblyBreaking
    valueChange
    safe
    unknown
    waived
    datasets
    columns
    jobs
    consumers
  }
  notes {
    code
    message
    unknown
  }
  findings {
    id
    class
    action
    reason
    fix
    affectedTotal
    changedAlongTotal
    truncated
    change {
      kind
      namespace
      name
      column
      from
      to
      owners
      file
      line
      detail
    }
    waiver {
      owner
      reason
      until
    }
    affected {
      ...AffectedParts
    }
    changedAlong {
      ...AffectedParts
    }
  }
}
fragment AffectedParts on ImpactAffected {
  kind
  class
  namespace
  name
  column
  depth
  layer
  consumer
  owners
  contracts
  path {
    namespace
    name
    column
    by
    knownBy
    indirect
    runs
  }
}`) as unknown as TypedDocumentString<CheckPageQuery, CheckPageQueryVariables>;
export const ChecksPageDocument = new TypedDocumentString(`
    query ChecksPage($first: Int!, $after: String) {
  checks(first: $first, after: $after) {
    total
    keep
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      title
      repository
      branch
      commit
      source
      verdict
      checkedAt
      summary {
        changes
        breaking
        consumers
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ChecksPageQuery, ChecksPageQueryVariables>;
export const ContractsPolicyDocument = new TypedDocumentString(`
    query ContractsPolicy {
  status {
    policy {
      file
      loadedAt
      problems
      broken
      evaluatedSeq
    }
  }
}
    `) as unknown as TypedDocumentString<ContractsPolicyQuery, ContractsPolicyQueryVariables>;
export const ContractsPageDocument = new TypedDocumentString(`
    query ContractsPage {
  contracts {
    name
    doc
    rule
    owner
    severity
    selected
    openCount
    exceptedCount
    truncated
  }
  layers {
    name
    kind
    doc
    datasetCount
    reads
  }
}
    `) as unknown as TypedDocumentString<ContractsPageQuery, ContractsPageQueryVariables>;
export const ViolationNewsDocument = new TypedDocumentString(`
    subscription ViolationNews {
  violationChanged {
    id
    event
    missed
  }
}
    `) as unknown as TypedDocumentString<ViolationNewsSubscription, ViolationNewsSubscriptionVariables>;
export const DatasetPageDocument = new TypedDocumentString(`
    query DatasetPage($namespace: String!, $name: String!, $asOf: DateTime) {
  dataset(namespace: $namespace, name: $name, asOf: $asOf) {
    id
    namespace
    name
    description
    layer
    type
    subType
    owners {
      name
      type
    }
    tags {
      key
      value
    }
    firstSeen
    lastSeen
    droppedAt
    lifecycle {
      change
      previousName
      previousNamespace
    }
    retired {
      by
      reason
      since
    }
    columnCount
    upstreamCount
    downstreamCount
    producedByCount
    consumedByCount
    nameCount
    identity {
      ambiguous
    }
    runs(first: 5) {
      id
      state
      startedAt
      job {
        namespace
        name
      }
    }
    schemaHistory {
      total
    }
    quality {
      assertions {
        success
      }
      metrics {
        rowCount
        toldAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetPageQuery, DatasetPageQueryVariables>;
export const FindDocument = new TypedDocumentString(`
    query Find($text: String!, $filter: SearchFilter, $first: Int!) {
  search(query: $text, filter: $filter, first: $first) {
    total
    relaxed
    ignoredTerms
    nodes {
      id
      kind
      namespace
      name
      column
      description
      layer
      tags
      owners
      alike
      snippets {
        field
        parts {
          text
          matched
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FindQuery, FindQueryVariables>;
export const FindCountsDocument = new TypedDocumentString(`
    query FindCounts($text: String!, $filter: SearchFilter) {
  searchCounts(query: $text, filter: $filter) {
    total
    kinds {
      kind
      count
    }
    layers {
      value
      count
    }
    namespaces {
      value
      count
    }
    owners {
      value
      count
    }
    tags {
      value
      count
    }
  }
  status {
    headSeq
    searchSeq
    counts {
      datasets
      columns
      jobs
      runs
      events
    }
  }
}
    `) as unknown as TypedDocumentString<FindCountsQuery, FindCountsQueryVariables>;
export const ImpactPageDocument = new TypedDocumentString(`
    query ImpactPage($changes: [ChangeInput!]!) {
  impact(changes: $changes, limit: 500) {
    ...ReportParts
  }
}
    fragment ReportParts on ImpactReport {
  verdict
  summary {
    changes
    breaking
    possiblyBreaking
    valueChange
    safe
    unknown
    waived
    datasets
    columns
    jobs
    consumers
  }
  notes {
    code
    message
    unknown
  }
  findings {
    id
    class
    action
    reason
    fix
    affectedTotal
    changedAlongTotal
    truncated
    change {
      kind
      namespace
      name
      column
      from
      to
      owners
      file
      line
      detail
    }
    waiver {
      owner
      reason
      until
    }
    affected {
      ...AffectedParts
    }
    changedAlong {
      ...AffectedParts
    }
  }
}
fragment AffectedParts on ImpactAffected {
  kind
  class
  namespace
  name
  column
  depth
  layer
  consumer
  owners
  contracts
  path {
    namespace
    name
    column
    by
    knownBy
    indirect
    runs
  }
}`) as unknown as TypedDocumentString<ImpactPageQuery, ImpactPageQueryVariables>;
export const JobPageDocument = new TypedDocumentString(`
    query JobPage($namespace: String!, $name: String!, $asOf: DateTime, $first: Int!) {
  job(namespace: $namespace, name: $name, asOf: $asOf) {
    id
    namespace
    name
    description
    type
    integration
    processingType
    owners {
      name
      type
    }
    tags {
      key
      value
    }
    exposure {
      name
      type
      url
    }
    firstSeen
    lastSeen
    producers
    retired {
      by
      reason
      since
    }
    family {
      pattern
      count
    }
    parent {
      namespace
      name
      runId
      job {
        id
      }
    }
    childCount
    children(limit: 500) {
      id
      namespace
      name
      type
      integration
      lastSeen
    }
    inputCount
    outputCount
    inputs(limit: 500) {
      id
      namespace
      name
      layer
      owners {
        name
        type
      }
    }
    outputs(limit: 500) {
      id
      namespace
      name
      layer
      owners {
        name
        type
      }
    }
    sql {
      query
      dialect
    }
    sourceCode {
      language
      code
    }
    sourceCodeLocation {
      type
      url
      repoUrl
      path
      version
      branch
    }
    runs(first: $first) {
      total
      nodes {
        id
        state
        stateConflict
        startedAt
        durationMs
        rowsRead
        rowsWritten
        errorMessage
        childCount
        nominalStart
        job {
          namespace
          name
        }
      }
    }
    facets {
      name
      text
      masked
      setAt
    }
  }
}
    `) as unknown as TypedDocumentString<JobPageQuery, JobPageQueryVariables>;
export const RunPageDocument = new TypedDocumentString(`
    query RunPage($id: ID!) {
  runs(runId: $id) {
    id
    state
    stateConflict
    startedAt
    endedAt
    durationMs
    producer
    nominalStart
    nominalEnd
    errorMessage
    errorLanguage
    stackTrace
    rowsRead
    rowsWritten
    bytesRead
    bytesWritten
    job {
      namespace
      name
      type
      integration
    }
    parent {
      namespace
      name
      runId
      run {
        id
      }
    }
    root {
      namespace
      name
      runId
    }
    childCount
    children(limit: 200) {
      id
      state
      startedAt
      durationMs
      errorMessage
      job {
        namespace
        name
      }
    }
    states {
      state
      time
    }
    processingEngine {
      name
      version
    }
    externalQuery {
      id
      source
    }
    extractionError {
      failedTasks
      totalTasks
      errors {
        task
        message
      }
    }
    inputs {
      ...Used
    }
    outputs {
      ...Used
    }
    assertions {
      dataset {
        namespace
        name
      }
      assertions {
        assertion
        column
        success
        severity
      }
    }
    tests {
      name
      status
      description
    }
    facets {
      name
      text
      masked
      setAt
    }
  }
}
    fragment Used on RunDataset {
  rowCount
  bytes
  fileCount
  dataset {
    id
    namespace
    name
    layer
  }
  subset {
    type
    partitions
    locations
  }
}`) as unknown as TypedDocumentString<RunPageQuery, RunPageQueryVariables>;
export const ArrivedDocument = new TypedDocumentString(`
    query Arrived {
  status {
    counts {
      events
      datasets
      jobs
    }
  }
}
    `) as unknown as TypedDocumentString<ArrivedQuery, ArrivedQueryVariables>;
export const StatusPageDocument = new TypedDocumentString(`
    query StatusPage {
  status {
    version
    appliedSeq
    headSeq
    searchSeq
    storeBytes
    logBytes
    unreadableEvents
    sqlWaiting
    broken
    searchBroken
    appendFailed
    logFailed
    emitterCount
    emittersComplete
    counts {
      events
      datasets
      columns
      jobs
      runs
      assertions
    }
  }
  emitters(limit: 500) {
    producer
    events
    duplicates
    first
    last
    warnings {
      code
      count
    }
  }
}
    `) as unknown as TypedDocumentString<StatusPageQuery, StatusPageQueryVariables>;
export const NewEventsDocument = new TypedDocumentString(`
    subscription NewEvents {
  newEvents {
    seq
    kind
    state
    time
    producer
    namespace
    name
    missed
  }
}
    `) as unknown as TypedDocumentString<NewEventsSubscription, NewEventsSubscriptionVariables>;
export const ExceptionsDocument = new TypedDocumentString(`
    query Exceptions {
  exceptions {
    contracts
    reason
    owner
    approvedBy
    until
    ends
    ended
    excuses
    subject {
      namespace
      name
    }
    object {
      namespace
      name
    }
  }
}
    `) as unknown as TypedDocumentString<ExceptionsQuery, ExceptionsQueryVariables>;
export const UnclassifiedDocument = new TypedDocumentString(`
    query Unclassified($first: Int!) {
  search(query: "", filter: {layers: [""], kinds: [DATASET]}, first: $first) {
    total
    nodes {
      id
      namespace
      name
      owners
      tags
    }
  }
}
    `) as unknown as TypedDocumentString<UnclassifiedQuery, UnclassifiedQueryVariables>;
export const ConsumersDocument = new TypedDocumentString(`
    query Consumers($first: Int!) {
  consumers(first: $first) {
    total
    nodes {
      kind
      source
      owners
      subject {
        kind
        namespace
        name
        layer
      }
      reads {
        kind
        namespace
        name
        layer
      }
      dependsOn {
        dataset {
          namespace
          name
        }
        columns
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ConsumersQuery, ConsumersQueryVariables>;
export const ViolationsDocument = new TypedDocumentString(`
    query Violations($filter: ViolationFilter, $first: Int!, $asOf: DateTime) {
  violations(filter: $filter, first: $first, asOf: $asOf) {
    total
    truncatedContracts
    nodes {
      id
      contract
      rule
      severity
      message
      owners
      since
      state
      exception {
        owner
        approvedBy
        reason
        until
        ends
      }
      subject {
        kind
        namespace
        name
        layer
      }
      object {
        kind
        namespace
        name
        layer
      }
      steps {
        from {
          kind
          namespace
          name
          layer
        }
        to {
          kind
          namespace
          name
          layer
        }
        evidenceCount
        evidence {
          producer
          declared
          runs
          lastSeen
          lastRun
          job {
            namespace
            name
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViolationsQuery, ViolationsQueryVariables>;
export const DatasetColumnsDocument = new TypedDocumentString(`
    query DatasetColumns($namespace: String!, $name: String!, $asOf: DateTime) {
  dataset(namespace: $namespace, name: $name, asOf: $asOf) {
    columns(includeRemoved: true, limit: 5000) {
      name
      type
      description
      removed
      removedAt
      fromLineageOnly
      firstSeen
      upstreamCount
      downstreamCount
      tags {
        key
        value
      }
    }
    columnCount(includeRemoved: true)
  }
}
    `) as unknown as TypedDocumentString<DatasetColumnsQuery, DatasetColumnsQueryVariables>;
export const SchemaHistoryDocument = new TypedDocumentString(`
    query SchemaHistory($namespace: String!, $name: String!) {
  dataset(namespace: $namespace, name: $name) {
    schemaHistory {
      total
      truncated
      versions(limit: 50) {
        validFrom
        validTo
        columnCount
        compatibility
        changes {
          added
          removed
          reordered
          likelyRenamed {
            before
            after
          }
          retyped {
            column
            before
            after
          }
          redescribed {
            column
            before
            after
          }
        }
        toldBy {
          jobNamespace
          jobName
          producer
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SchemaHistoryQuery, SchemaHistoryQueryVariables>;
export const DatasetViolationsDocument = new TypedDocumentString(`
    query DatasetViolations($namespace: String!, $name: String!, $asOf: DateTime) {
  violations(
    filter: {namespace: $namespace, name: $name, state: OPEN}
    first: 1
    asOf: $asOf
  ) {
    total
    nodes {
      severity
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetViolationsQuery, DatasetViolationsQueryVariables>;
export const DatasetFactsDocument = new TypedDocumentString(`
    query DatasetFacts($namespace: String!, $name: String!) {
  dataset(namespace: $namespace, name: $name) {
    producers
    firstSeen
    lastSeen
    version
    dataSource {
      name
      uri
    }
    catalog {
      name
      type
      framework
      warehouseUri
      metadataUri
    }
    storage {
      layer
      fileFormat
    }
    hierarchy {
      name
      type
    }
    changes {
      change
      firstSeen
      lastSeen
      producer
    }
    identity {
      ambiguous
      doubts {
        reason
        message
        count
      }
    }
    names(limit: 200) {
      namespace
      name
      canonical
      used
      rule
      ties {
        kind
        of {
          name
        }
        other {
          name
        }
        producer
        lastSeen
      }
    }
    facets {
      name
      text
      masked
      setAt
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetFactsQuery, DatasetFactsQueryVariables>;
export const DatasetMakingDocument = new TypedDocumentString(`
    query DatasetMaking($namespace: String!, $name: String!, $asOf: DateTime) {
  dataset(namespace: $namespace, name: $name, asOf: $asOf) {
    producedByCount
    consumedByCount
    producedBy(limit: 50) {
      id
      namespace
      name
      type
      integration
      lastSeen
      owners {
        name
        type
      }
      sql {
        query
        dialect
      }
    }
    consumedBy(limit: 500) {
      id
      namespace
      name
      type
      integration
      lastSeen
      outputCount
      owners {
        name
        type
      }
    }
    sqlLineage(limit: 50) {
      state
      dialect
      runs
      columnEdges
      gaps {
        code
        message
      }
      job {
        namespace
        name
      }
    }
    runs(first: 30) {
      id
      state
      startedAt
      durationMs
      rowsWritten
      bytesWritten
      errorMessage
      job {
        namespace
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetMakingQuery, DatasetMakingQueryVariables>;
export const NeighboursDocument = new TypedDocumentString(`
    query Neighbours($node: NodeRef!, $direction: Direction!, $depth: Int, $hops: Int!, $asOf: DateTime) {
  lineage(
    node: $node
    direction: $direction
    maxDepth: $depth
    limit: 2000
    asOf: $asOf
  ) {
    total
    truncated
    nodes {
      id
      kind
      namespace
      name
      depth
      layer
      dropped
      inCycle
    }
    edges {
      from
      to
      kind
      evidence {
        producer
        jobName
        runs
        runsSince
        lastSeen
        origin
        isStatic
      }
    }
  }
  neighbourhood(
    expand: [{node: $node, direction: $direction, depth: $hops}]
    limit: 2000
    asOf: $asOf
  ) {
    nodes {
      id
      dataset {
        owners {
          name
        }
      }
      job {
        owners {
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<NeighboursQuery, NeighboursQueryVariables>;
export const DatasetQualityTabDocument = new TypedDocumentString(`
    query DatasetQualityTab($namespace: String!, $name: String!, $asOf: DateTime) {
  dataset(namespace: $namespace, name: $name, asOf: $asOf) {
    quality {
      jobsLeftOut
      assertions {
        assertion
        name
        column
        success
        severity
        expected
        actual
        description
        content
        toldAt
      }
      metrics {
        rowCount
        bytes
        fileCount
        lastUpdated
        toldAt
        columns {
          column
          count
          nullCount
          distinctCount
          min
          max
          sum
        }
      }
    }
    tests {
      name
      column
      kinds
    }
    producedBy(limit: 20) {
      ...Checked
    }
    consumedBy(limit: 20) {
      ...Checked
    }
  }
}
    fragment Checked on Job {
  namespace
  name
  runs(first: 10) {
    nodes {
      id
      startedAt
      assertions {
        dataset {
          namespace
          name
        }
        assertions {
          assertion
          column
          success
        }
      }
    }
  }
}`) as unknown as TypedDocumentString<DatasetQualityTabQuery, DatasetQualityTabQueryVariables>;
export const ImpactColumnsDocument = new TypedDocumentString(`
    query ImpactColumns($namespace: String!, $name: String!) {
  dataset(namespace: $namespace, name: $name) {
    namespace
    name
    layer
    columns(limit: 2000) {
      name
      type
      downstreamCount
    }
  }
}
    `) as unknown as TypedDocumentString<ImpactColumnsQuery, ImpactColumnsQueryVariables>;
export const DetailColumnsDocument = new TypedDocumentString(`
    query DetailColumns($namespace: String!, $name: String!, $asOf: DateTime) {
  dataset(namespace: $namespace, name: $name, asOf: $asOf) {
    columns(limit: 400) {
      name
      type
    }
  }
}
    `) as unknown as TypedDocumentString<DetailColumnsQuery, DetailColumnsQueryVariables>;
export const SummaryDocument = new TypedDocumentString(`
    query Summary($asOf: DateTime) {
  graphSummary(asOf: $asOf) {
    isolated
    groups {
      layer
      namespace
      datasets
    }
    flows {
      from
      to
      edges
    }
  }
}
    `) as unknown as TypedDocumentString<SummaryQuery, SummaryQueryVariables>;
export const ColumnPathDocument = new TypedDocumentString(`
    query ColumnPath($node: NodeRef!, $asOf: DateTime) {
  up: lineage(node: $node, direction: UPSTREAM, limit: 5000, asOf: $asOf) {
    total
    truncated
    nodes {
      namespace
      name
    }
  }
  down: lineage(node: $node, direction: DOWNSTREAM, limit: 5000, asOf: $asOf) {
    total
    truncated
    nodes {
      namespace
      name
    }
  }
}
    `) as unknown as TypedDocumentString<ColumnPathQuery, ColumnPathQueryVariables>;
export const PathBetweenDocument = new TypedDocumentString(`
    query PathBetween($from: NodeRef!, $to: NodeRef!, $asOf: DateTime) {
  path(from: $from, to: $to, asOf: $asOf) {
    nodes {
      id
      kind
      namespace
      name
      column
    }
  }
}
    `) as unknown as TypedDocumentString<PathBetweenQuery, PathBetweenQueryVariables>;
export const PickDatasetDocument = new TypedDocumentString(`
    query PickDataset($text: String!) {
  search(query: $text, filter: {kinds: [DATASET]}, first: 8) {
    nodes {
      id
      namespace
      name
      layer
    }
  }
}
    `) as unknown as TypedDocumentString<PickDatasetQuery, PickDatasetQueryVariables>;
export const PaletteDocument = new TypedDocumentString(`
    query Palette($text: String!) {
  search(query: $text, first: 12) {
    total
    nodes {
      id
      kind
      namespace
      name
      column
      layer
    }
  }
}
    `) as unknown as TypedDocumentString<PaletteQuery, PaletteQueryVariables>;