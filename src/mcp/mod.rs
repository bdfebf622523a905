//! The graph as tools for agents, over the Model Context Protocol: a tool for each question of the catalogue, and `ask`, `explain`,
//! `search` and `sparql`. Enter at [`Agents`], which is the same over standard input and output and over HTTP.
//! What the tools take and give is made from the catalogue in [`tools`]; how messages travel is the callers' and `rmcp`'s matter.

mod calls;
mod resources;
mod tools;

use std::sync::Arc;

use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, Implementation, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};

use serde_json::Value;

use crate::knowledge::{Generation, Knowledge, KnowledgeError};
use crate::pool::Pool;

/// What agents talk to. Cloning shares it.
#[derive(Clone)]
pub struct Agents {
    knowledge: Arc<Knowledge>,
    /// Where SPARQL is evaluated.
    pool: Arc<Pool>,
}

const INSTRUCTIONS: &str = "\
Roles, levels, specialties and competencies as a graph, from role pages. `ask` takes a question in plain words and names the tool that \
answers it; the other tools are the questions themselves. A value is a label, an alias or an IRI; `search` finds things by name. \
A mention is required, preferred or optional, and direct, one of several alternatives, or an example: only what is required and direct \
is demanded by itself. `policy` is strict unless told: what a level states or extends; cumulative carries everything up. \
`sparql` reads the whole graph; the resource competency://ontology explains its terms.";

impl Agents {
    /// Tools over what is known.
    pub fn new(knowledge: Arc<Knowledge>, pool: Arc<Pool>) -> Self {
        Self { knowledge, pool }
    }
}

impl Agents {
    /// The version that a call names; making a former one takes as long as loading.
    async fn version(&self, named: Option<Value>) -> Result<Arc<Generation>, calls::Failure> {
        let name = match named {
            None | Some(Value::Null) => return Ok(self.knowledge.current()),
            Some(Value::String(name)) => name,
            Some(other) => other.to_string(),
        };
        let knowledge = self.knowledge.clone();
        let found = tokio::task::spawn_blocking(move || knowledge.version(&name)).await;
        match found.map_err(|error| calls::Failure::Ours(error.into()))? {
            Err(KnowledgeError::History(error)) => Err(calls::Failure::Asker(error.to_string())),
            found => found.map_err(|error| calls::Failure::Ours(error.into())),
        }
    }
}

impl ServerHandler for Agents {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        let ours =
            Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).with_title("Competency knowledge graph");
        ServerConfig::new(capabilities).with_server_info(ours).with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all(&self.knowledge.current())))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let mut arguments = request.arguments.unwrap_or_default();
        let outcome = match self.version(arguments.remove(tools::VERSION)).await {
            Ok(generation) => calls::call(&generation, &self.pool, &request.name, arguments).await,
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(answer) => Ok(CallToolResult::structured(answer).into()),
            // Agents read what a tool says; of an error of the protocol they learn nothing.
            Err(calls::Failure::Asker(why)) => Ok(CallToolResult::error(vec![ContentBlock::text(why)]).into()),
            Err(calls::Failure::UnknownTool(why)) => Err(ErrorData::invalid_params(why, None)),
            Err(calls::Failure::Ours(error)) => {
                tracing::error!(%error, "A tool failed: {error}");
                Err(ErrorData::internal_error("the server failed to answer", None))
            }
        }
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(resources::all()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let contents = resources::read(&self.knowledge.current(), &request.uri)?;
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}
