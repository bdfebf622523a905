//! The front end as connections see it. Enter at [`Front::answer`].
//! What was answered before is answered again without its route, which would look up and take apart what is known already; it is let
//! in, counted and logged as any other.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::cache::Kept;
use super::{App, guard, ids};

/// Answers requests.
pub struct Front {
    app: App,
    routes: TowerToHyperService<Router>,
}

impl Front {
    pub(super) fn new(routes: Router, app: App) -> Self {
        Self { app, routes: TowerToHyperService::new(routes) }
    }

    /// The answer to a request: the one kept for its spelling, or its route's.
    ///
    /// # Errors
    /// None: what goes wrong is an answer too.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response, Infallible> {
        let app = &self.app;
        let request = request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) });
        let Some(Kept { ready, template }) = app.answers.again(&app.knowledge.current(), &request) else {
            return self.routes.call(request).await;
        };
        let kept = async |request: Request| ready.response(request.headers());
        Ok(ids::observe(app, Some(template), request, async |request| guard::guard(app, request, kept).await).await)
    }
}
