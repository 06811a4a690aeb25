//! The server: from a listener and a tracker to answers, and a clean end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use docket_api::FILE_DESCRIPTOR_SET;
use docket_api::pb::action_plan_service_server::ActionPlanServiceServer;
use docket_api::pb::export_service_server::ExportServiceServer;
use docket_api::pb::indicator_service_server::IndicatorServiceServer;
use docket_api::pb::plan_service_server::PlanServiceServer;
use docket_api::pb::policy_service_server::PolicyServiceServer;
use docket_api::pb::priority_service_server::PriorityServiceServer;
use docket_api::pb::proof_service_server::ProofServiceServer;
use docket_api::pb::provider_service_server::ProviderServiceServer;
use docket_api::pb::record_service_server::RecordServiceServer;
use docket_api::pb::replication_service_server::ReplicationServiceServer;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;

use crate::grpc::{
    COPIED_BYTES_MAX, DECODE_BYTES_MAX, ENCODE_BYTES_MAX, Grpc, HistoryServer, StatusServer,
    SubscriptionServer,
};
use crate::proof::Proofs;
use crate::tracker::Tracker;

/// Most calls of one connection at the same time, streams among them; further ones wait.
pub const CALLS_PER_CONNECTION_MAX: u32 = 256;
/// How often a silent connection is asked whether it is still there.
pub const KEEPALIVE_INTERVAL_SECONDS: u64 = 30;
/// How long after the signal to stop calls may take to finish. Those that do not are cut off.
pub const STOP_SECONDS_MAX: u64 = 20;

/// Those whose health is told: the whole server, and every service that the descriptors have.
fn services() -> impl Iterator<Item = String> {
    let own =
        docket_api::json::descriptors().services().filter(|service| service.package_name() == "docket.v1");
    std::iter::once(String::new()).chain(own.map(|service| service.full_name().to_owned()))
}

/// Why serving ended other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The services cannot be described to those who ask.
    #[error("describing the services")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("serving")]
    Transport(#[source] tonic::transport::Error),
}

/// Serves until `shutdown` comes, with proofs if there are any: then calls finish, and streams end with a status.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    listener: TcpListener,
    tracker: Arc<Tracker>,
    proofs: Option<Arc<Proofs>>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let (mut health, health_service) = tonic_health::server::health_reporter();
    for service in services() {
        health.set_service_status(service, ServingStatus::Serving).await;
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let grpc = Grpc::new(Arc::clone(&tracker), proofs);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::builder()
        .max_concurrent_streams(CALLS_PER_CONNECTION_MAX)
        .http2_keepalive_interval(Some(Duration::from_secs(KEEPALIVE_INTERVAL_SECONDS)))
        .add_service(health_service)
        .add_service(reflection().build_v1().map_err(ServeError::Reflection)?)
        .add_service(reflection().build_v1alpha().map_err(ServeError::Reflection)?)
        .add_service(
            RecordServiceServer::new(grpc.clone())
                .max_decoding_message_size(DECODE_BYTES_MAX)
                .max_encoding_message_size(ENCODE_BYTES_MAX),
        )
        .add_service(
            ProviderServiceServer::new(grpc.clone())
                .max_decoding_message_size(DECODE_BYTES_MAX)
                .max_encoding_message_size(ENCODE_BYTES_MAX),
        )
        .add_service(StatusServer::new(grpc.clone()))
        .add_service(HistoryServer::new(grpc.clone()))
        .add_service(PlanServiceServer::new(grpc.clone()).max_encoding_message_size(ENCODE_BYTES_MAX))
        .add_service(ActionPlanServiceServer::new(grpc.clone()).max_encoding_message_size(ENCODE_BYTES_MAX))
        .add_service(IndicatorServiceServer::new(grpc.clone()).max_encoding_message_size(ENCODE_BYTES_MAX))
        .add_service(PriorityServiceServer::new(grpc.clone()).max_encoding_message_size(ENCODE_BYTES_MAX))
        .add_service(PolicyServiceServer::new(grpc.clone()).max_encoding_message_size(ENCODE_BYTES_MAX))
        .add_service(ExportServiceServer::new(grpc.clone()).max_encoding_message_size(ENCODE_BYTES_MAX))
        .add_service(ProofServiceServer::new(grpc.clone()).max_encoding_message_size(ENCODE_BYTES_MAX))
        .add_service(ReplicationServiceServer::new(grpc.clone()).max_encoding_message_size(COPIED_BYTES_MAX))
        .add_service(SubscriptionServer::new(grpc))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), async {
            // A sender that was dropped is a stop too.
            let _dropped = stopped.await.is_err();
        });
    let stopping = async {
        shutdown.await;
        tracing::info!("stopping: no new calls, streams end, calls under way finish");
        for service in services() {
            health.set_service_status(&service, ServingStatus::NotServing).await;
            // Ends the streams of those who watch it, after they were told; they would hold up the end.
            health.clear_service_status(&service).await;
        }
        tracker.stop();
        let _ended = stop.send(()).is_err();
        tokio::time::sleep(Duration::from_secs(STOP_SECONDS_MAX)).await;
        tracing::warn!(seconds = STOP_SECONDS_MAX, "calls that did not finish were cut off");
    };
    tokio::select! {
        served = server => served.map_err(ServeError::Transport),
        () = stopping => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use docket_log::MemoryLog;
    use prost::Message as _;
    use tonic::Status;
    use tonic::body::Body;
    use tonic::codegen::{Service as _, http};
    use tonic::server::NamedService as _;

    #[tokio::test]
    async fn every_method_of_the_services_that_are_served_by_hand_is_served() {
        let tracker = Tracker::new(Arc::new(MemoryLog::new()), Arc::new(SystemClock));
        let grpc = Grpc::new(Arc::new(tracker), None);
        let files = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
        let mut called = 0;
        for file in files.file {
            for service in file.service {
                let name = format!("{}.{}", file.package.clone().unwrap(), service.name.unwrap());
                for method in service.method {
                    let path = format!("/{name}/{}", method.name.unwrap());
                    let request = http::Request::post(&path).body(Body::empty()).unwrap();
                    let answered = match name.as_str() {
                        StatusServer::NAME => StatusServer::new(grpc.clone()).call(request).await,
                        HistoryServer::NAME => HistoryServer::new(grpc.clone()).call(request).await,
                        SubscriptionServer::NAME => SubscriptionServer::new(grpc.clone()).call(request).await,
                        _ => continue,
                    };
                    let status = Status::from_header_map(answered.unwrap().headers());
                    assert_ne!(
                        status.map(|status| status.code()),
                        Some(tonic::Code::Unimplemented),
                        "{path}"
                    );
                    called += 1;
                }
            }
        }
        assert_eq!(called, 9);
        let strange = http::Request::post("/docket.v1.HistoryService/Other").body(Body::empty()).unwrap();
        let answered = HistoryServer::new(grpc).call(strange).await.unwrap();
        let status = Status::from_header_map(answered.headers()).unwrap();
        assert_eq!(status.code(), tonic::Code::Unimplemented);
    }
}
