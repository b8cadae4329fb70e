//! Makes the types of a policy from a file that has its shape. What is left to be wrong here: names
//! that are not there or stand twice, and layers that read each other in a circle.

use chrono::{Days, NaiveTime};

use crate::contract::columns::ColumnPattern;
use crate::contract::compat::Mode;
use crate::contract::testing::TestKind;
use crate::openlineage::EventTime;

use super::check::{day, duration, nearest};
use super::rules;
use super::yaml::{Node, Problem};
use super::{
    Classify, ConsumerRule, Contract, DatasetSelector, Depends, Exception, Glob, JobSelector,
    Layer, LayerId, LayerKind, NameSelector, Patterns, Policy, RejectSelector, Rule, RuleName,
    Severity,
};

/// Makes a policy; mistakes go to `problems`.
pub fn policy(file: &Node, problems: &mut Vec<Problem>) -> Policy {
    let layers = layers(items(file, "layers"), problems);
    let mut reader = Reader {
        layers: &layers,
        problems,
    };
    let classify = items(file, "classify")
        .iter()
        .filter_map(|node| reader.classify(node))
        .collect();
    let consumers = items(file, "consumers")
        .iter()
        .map(|node| reader.consumer(node))
        .collect();
    let contracts: Vec<Contract> = items(file, "contracts")
        .iter()
        .filter_map(|node| reader.contract(node))
        .collect();
    let names: Vec<(&str, &Node)> = named(file, "contracts").collect();
    unique("contract", &names, reader.problems);
    let exceptions = items(file, "exceptions")
        .iter()
        .filter_map(|node| reader.exception(node, &contracts))
        .collect();
    let test_kinds = test_kinds(file.get("test_kinds"), problems);
    Policy {
        layers,
        classify,
        consumers,
        contracts,
        exceptions,
        test_kinds,
        check: super::checks::policy(file.get("check")),
        documents: super::Documents::default(),
    }
}

fn test_kinds(node: Option<&Node>, problems: &mut Vec<Problem>) -> Vec<(TestKind, Patterns)> {
    let mut kinds = Vec::new();
    for (name, names) in node.map_or(&[][..], Node::members) {
        let Some(kind) = TestKind::of(&name.text) else {
            let message = format!(
                "there is no kind of tests {:?}. The kinds are: {}",
                name.text,
                TestKind::WORDS.join(", ")
            );
            problems.push(Problem::new(name.at, message));
            continue;
        };
        kinds.push((kind, patterns(Some(names))));
    }
    kinds
}

fn items<'n>(node: &'n Node, name: &str) -> &'n [Node] {
    node.get(name).map_or(&[], Node::items)
}

/// The names of the entries of a list, with where they stand.
fn named<'n>(file: &'n Node, list: &str) -> impl Iterator<Item = (&'n str, &'n Node)> {
    let names = items(file, list).iter();
    names.filter_map(|node| node.get("name").and_then(|name| Some((name.text()?, name))))
}

fn unique(what: &str, names: &[(&str, &Node)], problems: &mut Vec<Problem>) {
    let mut first = std::collections::BTreeMap::new();
    for (name, node) in names {
        if let Some(before) = first.insert(*name, node.at) {
            let message = format!(
                "a second {what} with the name {name:?}; the first is at {before}. Names tell them apart: give this one another"
            );
            problems.push(Problem::new(node.at, message));
        }
    }
}

fn layers(nodes: &[Node], problems: &mut Vec<Problem>) -> Vec<Layer> {
    let names: Vec<(&str, &Node)> = nodes
        .iter()
        .filter_map(|node| node.get("name").and_then(|name| Some((name.text()?, name))))
        .collect();
    unique("layer", &names, problems);
    if nodes.len() > 1_000 {
        let message = "more than 1,000 layers";
        problems.push(Problem::new(nodes[1_000].at, message));
        return Vec::new();
    }
    let mut layers: Vec<Layer> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let name = text(node, "name").unwrap_or_default();
        let told = text(node, "kind").unwrap_or_else(|| name.clone());
        let kind = LayerKind::of(&told).unwrap_or(LayerKind::Other);
        let reads = match node.get("reads") {
            Some(reads) => reads
                .items()
                .iter()
                .filter_map(|one| named_layer(one, &names, problems))
                .collect(),
            None => usual_reads(at, kind),
        };
        layers.push(Layer {
            name,
            kind,
            reads,
            doc: text(node, "doc"),
        });
    }
    if let Some(circle) = circle(&layers) {
        let path: Vec<&str> = circle.iter().map(|at| layers[*at].name.as_str()).collect();
        let node = &nodes[circle[0]];
        let place = node.get("reads").unwrap_or(node).at;
        let message = format!(
            "layers read each other in a circle: {}. Data has to flow one way: take one of these out of `reads`",
            path.join(" reads ")
        );
        problems.push(Problem::new(place, message));
    }
    layers
}

fn usual_reads(at: usize, kind: LayerKind) -> Vec<LayerId> {
    let before = at.checked_sub(1);
    let itself = matches!(kind, LayerKind::Intermediate | LayerKind::Mart).then_some(at);
    before.into_iter().chain(itself).map(layer_id).collect()
}

fn layer_id(at: usize) -> LayerId {
    LayerId::try_from(at).unwrap_or(LayerId::MAX)
}

fn named_layer(
    node: &Node,
    names: &[(&str, &Node)],
    problems: &mut Vec<Problem>,
) -> Option<LayerId> {
    let wanted = node.text()?;
    if let Some(at) = names.iter().position(|(name, _)| *name == wanted) {
        return Some(layer_id(at));
    }
    let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    problems.push(not_there(node, "layer", wanted, &known));
    None
}

fn not_there(node: &Node, what: &str, wanted: &str, known: &[&str]) -> Problem {
    let guess = nearest(wanted, known);
    let guess = guess.map_or_else(String::new, |near| format!(" Did you mean {near:?}?"));
    let known = if known.is_empty() {
        format!("this file has no {what}s")
    } else {
        format!("the {what}s are: {}", known.join(", "))
    };
    Problem::new(
        node.at,
        format!("there is no {what} {wanted:?}.{guess} {known}"),
    )
}

/// Layers that read each other in a circle, the first of them at both ends. One that reads itself is
/// none.
fn circle(layers: &[Layer]) -> Option<Vec<usize>> {
    // 0 not seen, 1 on the path, 2 done.
    let mut seen = vec![0_u8; layers.len()];
    for start in 0..layers.len() {
        if seen[start] != 0 {
            continue;
        }
        let mut path = vec![(start, 0)];
        seen[start] = 1;
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            let Some(&to) = layers[at].reads.get(*next) else {
                seen[at] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            let to = usize::from(to);
            if to == at || to >= layers.len() || seen[to] == 2 {
                continue;
            }
            if seen[to] == 1 {
                let from = path.iter().position(|(held, _)| *held == to)?;
                let mut circle: Vec<usize> = path[from..].iter().map(|(at, _)| *at).collect();
                circle.push(to);
                return Some(circle);
            }
            seen[to] = 1;
            path.push((to, 0));
        }
    }
    None
}

fn text(node: &Node, name: &str) -> Option<String> {
    node.get(name)?.text().map(str::to_owned)
}

fn patterns(node: Option<&Node>) -> Patterns {
    let texts = node.into_iter().flat_map(Node::texts);
    Patterns(texts.filter_map(|text| Glob::new(text).ok()).collect())
}

/// Texts of a member.
fn words(node: &Node, name: &str) -> Vec<String> {
    let held = node.get(name).into_iter();
    held.flat_map(Node::texts).map(str::to_owned).collect()
}

struct Reader<'r> {
    layers: &'r [Layer],
    problems: &'r mut Vec<Problem>,
}

impl Reader<'_> {
    fn layer(&mut self, node: &Node) -> Option<LayerId> {
        let wanted = node.text()?;
        let found = self.layers.iter().position(|layer| layer.name == wanted);
        if found.is_none() {
            let known: Vec<&str> = self.layers.iter().map(|l| l.name.as_str()).collect();
            self.problems.push(not_there(node, "layer", wanted, &known));
        }
        found.map(layer_id)
    }

    fn layers(&mut self, node: Option<&Node>) -> Vec<LayerId> {
        let nodes = node.map_or(&[][..], Node::items).iter();
        nodes.filter_map(|node| self.layer(node)).collect()
    }

    fn classify(&mut self, node: &Node) -> Option<Classify> {
        if node.members().len() < 2 {
            let message = "this entry selects every dataset; say `name: \"*\"` if that is meant";
            self.problems.push(Problem::new(node.at, message));
        }
        let dbt = node.get("dbt");
        let config = dbt.and_then(|dbt| dbt.get("config"));
        let config = config.map_or(&[][..], Node::members).iter();
        let config = config.map(|(name, value)| (name.text.clone(), patterns(Some(value))));
        Some(Classify {
            layer: self.layer(node.get("layer")?)?,
            namespace: patterns(node.get("namespace")),
            name: patterns(node.get("name")),
            tag: patterns(node.get("tag")),
            storage: patterns(node.get("storage")),
            hierarchy: patterns(node.get("hierarchy")),
            types: patterns(node.get("type")),
            dbt_path: patterns(dbt.and_then(|dbt| dbt.get("path"))),
            dbt_config: config.collect(),
        })
    }

    fn consumer(&mut self, node: &Node) -> ConsumerRule {
        if node.get("jobs").is_none() && node.get("datasets").is_none() {
            let message = "an entry of consumers must have `jobs` or `datasets`";
            self.problems.push(Problem::new(node.at, message));
        }
        ConsumerRule {
            kind: text(node, "kind").unwrap_or_default(),
            jobs: node.get("jobs").map(jobs),
            datasets: node.get("datasets").map(|node| self.datasets(node)),
            owner: text(node, "owner"),
            depends: items(node, "depends")
                .iter()
                .map(|node| Depends {
                    of: names(node),
                    columns: words(node, "columns"),
                })
                .collect(),
        }
    }

    fn datasets(&mut self, node: &Node) -> DatasetSelector {
        DatasetSelector {
            namespace: patterns(node.get("namespace")),
            name: patterns(node.get("name")),
            tag: patterns(node.get("tag")),
            types: patterns(node.get("type")),
            layers: self.layers(node.get("layer")),
        }
    }

    fn contract(&mut self, node: &Node) -> Option<Contract> {
        let name = rules::by_name(node.get("rule")?.text()?)?.rule;
        let severity = match node.get("severity").and_then(Node::text) {
            Some("info") => Severity::Info,
            Some("warning") => Severity::Warning,
            _ => Severity::Error,
        };
        Some(Contract {
            name: text(node, "name")?,
            reject: self.reject(node, name),
            rule: self.rule(node, name),
            severity,
            doc: text(node, "doc"),
            owner: text(node, "owner"),
            datasets: node.get("datasets").map(|node| self.datasets(node)),
            jobs: node.get("jobs").map(jobs),
            at: node.at,
        })
    }

    fn reject(&mut self, node: &Node, name: RuleName) -> Option<RejectSelector> {
        let reject = node.get("reject")?;
        if reject.members().is_empty() {
            let message = "say which events are turned away: `producer: \"*\"` for all";
            self.problems.push(Problem::new(reject.at, message));
        }
        if !name.is_told_by_one_event() {
            let can = rules::RULES.iter().map(|shape| shape.rule);
            let can: Vec<&str> = can
                .filter(|rule| rule.is_told_by_one_event())
                .map(RuleName::as_str)
                .collect();
            let message = format!(
                "one event does not tell whether it breaks {}, so it cannot be turned away for it. Contracts that can have `reject` are of the rules {}",
                name.as_str(),
                can.join(", ")
            );
            self.problems.push(Problem::new(reject.at, message));
        }
        Some(RejectSelector {
            producer: patterns(reject.get("producer")),
            namespace: patterns(reject.get("namespace")),
        })
    }

    fn rule(&mut self, node: &Node, name: RuleName) -> Rule {
        let max = node.get("max").and_then(Node::text);
        if name == RuleName::Tested && node.get("kinds").is_none() && node.get("columns").is_none()
        {
            let message = "a contract with the rule tested must have `kinds` or `columns`, or it asks for nothing";
            self.problems.push(Problem::new(node.at, message));
        }
        let tagged = name == RuleName::ColumnsClassified;
        let columns = node.get("columns").map_or(&[][..], Node::members);
        let (by_pattern, by_name) = if tagged {
            (columns, &[][..])
        } else {
            (&[][..], columns)
        };
        Rule {
            name,
            max: max.and_then(|max| max.parse().ok()).unwrap_or_default(),
            allow: self.layers(node.get("allow")),
            within: node
                .get("within")
                .and_then(Node::text)
                .and_then(duration)
                .unwrap_or_default(),
            columns: by_name
                .iter()
                .map(|(name, types)| (name.text.clone(), patterns(Some(types))))
                .collect(),
            tagged: by_pattern
                .iter()
                .filter_map(|(pattern, tags)| {
                    let pattern = ColumnPattern::new(&pattern.text).ok()?;
                    Some((pattern, patterns(Some(tags))))
                })
                .collect(),
            kinds: words(node, "kinds")
                .iter()
                .filter_map(|word| TestKind::of(word))
                .collect(),
            passing: text(node, "passing").as_deref() == Some("true"),
            mode: text(node, "mode")
                .and_then(|word| Mode::of(&word))
                .unwrap_or_default(),
            from: text(node, "from")
                .and_then(|text| day(&text))
                .map(|day| EventTime::from(day.and_time(NaiveTime::MIN).and_utc())),
        }
    }

    fn exception(&mut self, node: &Node, contracts: &[Contract]) -> Option<Exception> {
        let mut held = Vec::new();
        for named in node.get("contract")?.items() {
            let wanted = named.text()?;
            if let Some(at) = contracts.iter().position(|one| one.name == wanted) {
                held.push(at);
                continue;
            }
            let known: Vec<&str> = contracts.iter().map(|c| c.name.as_str()).collect();
            let problem = not_there(named, "contract", wanted, &known);
            self.problems.push(problem);
        }
        let subject = node.get("subject")?;
        if subject.members().is_empty() {
            let message = "an exception for everything is none: name a namespace or a name";
            self.problems.push(Problem::new(subject.at, message));
        }
        let until_day = text(node, "until")?;
        let after = day(&until_day)?.checked_add_days(Days::new(1))?;
        Some(Exception {
            contracts: held,
            subject: names(subject),
            object: node.get("object").map(names),
            reason: text(node, "reason")?,
            owner: text(node, "owner")?,
            approved_by: text(node, "approved_by")?,
            until_day,
            ends: EventTime::from(after.and_time(NaiveTime::MIN).and_utc()),
            at: node.at,
        })
    }
}

fn jobs(node: &Node) -> JobSelector {
    JobSelector {
        namespace: patterns(node.get("namespace")),
        name: patterns(node.get("name")),
        tag: patterns(node.get("tag")),
        types: patterns(node.get("type")),
    }
}

fn names(node: &Node) -> NameSelector {
    NameSelector {
        namespace: patterns(node.get("namespace")),
        name: patterns(node.get("name")),
    }
}
