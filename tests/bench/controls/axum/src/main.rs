//! A native server for comparison: axum and kube-rs. It verifies the token and passes on the answer of the API server without
//! managed fields. It checks no membership and has no other feature of the server that it is compared with.
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, Uri, header};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{env, error::Error, sync::Arc};
use tokio::{net::TcpListener, sync::OnceCell};

struct Server {
    kube: kube::Client,
    issuer: String,
    audience: String,
    keys: OnceCell<JwkSet>,
}

#[derive(Deserialize)]
struct Claims {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut config = kube::Config::new(env::var("KUBE")?.parse()?);
    config.auth_info.token_file = Some(env::var("TOKEN")?);
    if let Some(file) = env::var("KUBE_CA").ok().filter(|file| !file.is_empty()) {
        config.root_cert_file = Some(file.into());
    }
    let server = Server {
        kube: kube::Client::try_from(config)?,
        issuer: env::var("OIDC_ISSUER")?,
        audience: env::var("OIDC_AUDIENCE")?,
        keys: OnceCell::new(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    println!(
        "{}",
        json!({ "message": "The server listens.", "ports": [port] })
    );
    let app = Router::new().fallback(answer).with_state(Arc::new(server));
    Ok(axum::serve(listener, app).await?)
}

async fn answer(State(server): State<Arc<Server>>, uri: Uri, headers: HeaderMap) -> Response {
    if verify(&server, &headers).await.is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match read(&server, &uri).await {
        Ok(body) => Json(body).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

/// The claims of a valid token.
async fn verify(server: &Server, headers: &HeaderMap) -> Option<Claims> {
    let token = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    let keys = server
        .keys
        .get_or_try_init(|| fetch_keys(&server.issuer))
        .await
        .ok()?;
    let key = DecodingKey::from_jwk(keys.find(&decode_header(token).ok()?.kid?)?).ok()?;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[&server.issuer]);
    rules.set_audience(&[&server.audience]);
    Some(decode::<Claims>(token, &key, &rules).ok()?.claims)
}

async fn fetch_keys(issuer: &str) -> Result<JwkSet, reqwest::Error> {
    let client = reqwest::Client::new();
    let document = client
        .get(format!("{issuer}/.well-known/openid-configuration"))
        .send()
        .await?
        .json::<Value>()
        .await?;
    client
        .get(document["jwks_uri"].as_str().unwrap_or_default())
        .send()
        .await?
        .json()
        .await
}

async fn read(server: &Server, uri: &Uri) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let upstream = path.replacen(
        "/v1/organizations/",
        "/apis/edc.kaphera.com/v1alpha1/namespaces/org-",
        1,
    );
    let mut body: Value = server
        .kube
        .request(http::Request::get(upstream).body(Vec::new())?)
        .await?;
    if let Some(items) = body["items"].as_array_mut() {
        items.iter_mut().for_each(present);
    } else {
        present(&mut body);
    }
    Ok(body)
}

fn present(object: &mut Value) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
}
