//! What the server counts about itself, and `/metrics` in Prometheus' text format. Enter at [`Metrics`].
//! Labels are bounded: a route's template, never a path as it was asked; a class of status, never a client's words.
//! When something is counted is the callers' matter.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::App;
use super::cache::{Answers, WAYS};
use super::problem::Problem;
use crate::knowledge::Generation;
use crate::pool::Pool;

/// Upper ends of the buckets of durations, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0];

/// Classes of status; the first is that of clients that left before there was an answer.
const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// How a look at changed files ended.
#[derive(Clone, Copy, Debug)]
pub enum Reload {
    /// There is a new generation.
    Published,
    /// The files say what they said.
    Unchanged,
    /// They are not fit to publish.
    Refused,
}

/// The counters of one running server.
#[derive(Debug)]
pub struct Metrics {
    started: SystemTime,
    /// Seconds since 1970.
    loaded: AtomicU64,
    stopping: AtomicBool,
    in_flight: AtomicU64,
    connections: AtomicU64,
    reloads: [AtomicU64; 3],
    routes: RwLock<BTreeMap<String, Arc<Route>>>,
}

/// What was asked of one route.
#[derive(Debug, Default)]
struct Route {
    classes: [AtomicU64; CLASSES.len()],
    /// One more than [`BUCKETS`]: the last is for what took longer.
    buckets: [AtomicU64; BUCKETS.len() + 1],
    microseconds: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            started: SystemTime::now(),
            loaded: AtomicU64::new(since_1970(SystemTime::now()).as_secs()),
            stopping: AtomicBool::default(),
            in_flight: AtomicU64::default(),
            connections: AtomicU64::default(),
            reloads: Default::default(),
            routes: RwLock::default(),
        }
    }
}

impl Metrics {
    /// Files were looked at again.
    pub fn reloaded(&self, how: Reload) {
        self.reloads[how as usize].fetch_add(1, Relaxed);
        if matches!(how, Reload::Published) {
            self.loaded.store(since_1970(SystemTime::now()).as_secs(), Relaxed);
        }
    }

    /// From now on the server only finishes what runs.
    pub fn stop(&self) {
        self.stopping.store(true, Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Relaxed)
    }

    /// One more connection, for as long as the value is held.
    pub fn connection(self: &Arc<Self>) -> Held {
        Held::one_of(self, |metrics| &metrics.connections)
    }

    /// One more request, for as long as the value is held.
    pub fn request(self: &Arc<Self>) -> Held {
        Held::one_of(self, |metrics| &metrics.in_flight)
    }

    /// A request of a route has ended; no status means that its client left before there was one.
    pub fn answered(&self, template: &str, status: Option<u16>, took: Duration) {
        let route = self.route(template);
        let class = status.map_or(0, |status| usize::from(status / 100)).min(CLASSES.len() - 1);
        route.classes[class].fetch_add(1, Relaxed);
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS.iter().position(|end| seconds <= *end).unwrap_or(BUCKETS.len());
        route.buckets[bucket].fetch_add(1, Relaxed);
        route.microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    fn route(&self, template: &str) -> Arc<Route> {
        let known = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(template).cloned();
        known.unwrap_or_else(|| {
            let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
            routes.entry(template.to_owned()).or_default().clone()
        })
    }

    /// All of it as Prometheus reads it.
    fn write(&self, generation: &Generation, pool: &Pool, answers: &Answers, out: &mut String) -> fmt::Result {
        let single = |out: &mut String, name: &str, kind: &str, help: &str, value: f64| {
            head(out, name, kind, help)?;
            writeln!(out, "{name} {value}")
        };
        let started = since_1970(self.started).as_secs_f64();
        single(out, "process_start_time_seconds", "gauge", "When the server started, in seconds since 1970.", started)?;
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        for (name, help, value) in [
            ("competency_stopping", "1 while the server finishes what runs before it ends.", u64::from(self.is_stopping())),
            ("competency_connections", "Connections open.", count(&self.connections)),
            ("competency_http_requests_in_flight", "Requests whose answer has not ended.", count(&self.in_flight)),
            ("competency_queries_under_way", "SPARQL queries under way.", pool.under_way() as u64),
            ("competency_answers_kept_bytes", "Answers kept ready to send.", answers.weight()),
            ("competency_generation_loaded_timestamp_seconds", "When the data answered from was loaded.", count(&self.loaded)),
        ] {
            head(out, name, "gauge", help)?;
            writeln!(out, "{name} {value}")?;
        }
        head(out, "competency_generation_info", "gauge", "The version of the data answered from.")?;
        writeln!(out, "competency_generation_info{{version=\"{}\"}} 1", Escaped(&generation.version))?;
        head(out, "competency_triples", "gauge", "Triples of the data answered from.")?;
        for (kind, count) in [("stated", generation.size.stated), ("inferred", generation.size.inferred)] {
            writeln!(out, "competency_triples{{kind=\"{kind}\"}} {count}")?;
        }
        head(out, "competency_answers_total", "counter", "Answers that depend on the data alone, by how they were come by.")?;
        for (way, given) in WAYS.iter().zip(answers.given()) {
            writeln!(out, "competency_answers_total{{found=\"{way}\"}} {given}")?;
        }
        head(out, "competency_reloads_total", "counter", "Looks at changed files, by how they ended.")?;
        for (outcome, reloads) in ["published", "unchanged", "refused"].iter().zip(&self.reloads) {
            writeln!(out, "competency_reloads_total{{outcome=\"{outcome}\"}} {}", count(reloads))?;
        }
        head(
            out,
            "competency_queries_given_up_total",
            "counter",
            "SPARQL queries without an answer, by what kept them from it.",
        )?;
        for (how, queries) in pool.stopped() {
            writeln!(out, "competency_queries_given_up_total{{reason=\"{how}\"}} {queries}")?;
        }
        self.write_routes(out)
    }

    fn write_routes(&self, out: &mut String) -> fmt::Result {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let name = "competency_http_requests_total";
        head(out, name, "counter", "Requests, by route and class of status.")?;
        for (template, route) in &*routes {
            for (class, count) in CLASSES.iter().zip(&route.classes) {
                let count = count.load(Relaxed);
                if count > 0 {
                    writeln!(out, "{name}{{route=\"{}\",status=\"{class}\"}} {count}", Escaped(template))?;
                }
            }
        }
        let name = "competency_http_request_duration_seconds";
        head(out, name, "histogram", "From a request's headers to the end of its answer.")?;
        for (template, route) in &*routes {
            let template = Escaped(template);
            let ends = BUCKETS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
            let mut total = 0;
            for (end, count) in ends.zip(&route.buckets) {
                total += count.load(Relaxed);
                writeln!(out, "{name}_bucket{{route=\"{template}\",le=\"{end}\"}} {total}")?;
            }
            let seconds = Duration::from_micros(route.microseconds.load(Relaxed)).as_secs_f64();
            writeln!(out, "{name}_sum{{route=\"{template}\"}} {seconds}")?;
            writeln!(out, "{name}_count{{route=\"{template}\"}} {total}")?;
        }
        Ok(())
    }
}

/// One of what is counted while it lasts.
#[derive(Debug)]
pub struct Held {
    metrics: Arc<Metrics>,
    which: fn(&Metrics) -> &AtomicU64,
}

impl Held {
    fn one_of(metrics: &Arc<Metrics>, which: fn(&Metrics) -> &AtomicU64) -> Self {
        which(metrics).fetch_add(1, Relaxed);
        Self { metrics: metrics.clone(), which }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        (self.which)(&self.metrics).fetch_sub(1, Relaxed);
    }
}

/// `/metrics`.
pub async fn text(State(app): State<App>) -> Result<Response, Problem> {
    let mut text = String::new();
    app.metrics.write(&app.knowledge.current(), &app.pool, &app.answers, &mut text).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

/// A label's value.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            c => f.write_char(c),
        })
    }
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}
