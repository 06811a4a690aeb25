//! The methods that pass on bytes: stored events go from the log to the socket, and answers that are kept go there again, without being
//! decoded and encoded.
//!
//! The generated services take messages of the generated kinds. These take what is stored or kept, and put the few bytes around it that
//! make it the message of `proto/`; so their services are served by hand, as the generated code serves the others.

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use docket_api::{pb, to_proto};
use prost::Message;
use prost::bytes::BufMut;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::respond::Many;
use super::{DECODE_BYTES_MAX, ENCODE_BYTES_MAX, Grpc};
use crate::tracker::{Followed, Passed, StatusBytes};

/// Bytes of a response with several events, beyond which no further one joins.
const RESPONSE_BYTES: usize = 256 << 10;

/// A message that is made of stored bytes.
pub(super) enum Outgoing {
    /// A `ReadHistoryResponse` with one event.
    Event(Passed),
    /// A `ReadHistoryResponse` with several.
    Events(Vec<Passed>),
    /// A `SubscribeResponse`.
    Followed(Followed),
    /// A `GetStatusResponse`.
    Status(StatusBytes),
}

impl Outgoing {
    fn encode(&self, out: &mut impl BufMut) {
        match self {
            Self::Event(event) => put(1, event, out),
            Self::Events(events) => events.iter().for_each(|event| put(2, event, out)),
            Self::Followed(Followed::Event(event)) => put(1, event, out),
            Self::Status(status) => status.encode(out),
            Self::Followed(followed) => told(followed).encode_raw(out),
        }
    }

    fn len(&self) -> usize {
        let field = |field: u32, event: &Passed| {
            let length = event.encoded_len();
            key_len(field) + encoded_len_varint(length as u64) + length
        };
        match self {
            Self::Event(event) => field(1, event),
            Self::Events(events) => events.iter().map(|event| field(2, event)).sum(),
            Self::Followed(Followed::Event(event)) => field(1, event),
            Self::Followed(_) => TOLD_BYTES_MAX,
            Self::Status(status) => status.encoded_len(),
        }
    }
}

/// Most bytes of what is told beside events.
const TOLD_BYTES_MAX: usize = 48;

/// What is told beside events.
fn told(followed: &Followed) -> pb::SubscribeResponse {
    use pb::subscribe_response::Message;
    let message = match followed {
        // Goes out as it is stored.
        Followed::Event(_) => None,
        Followed::CaughtUp(at) => Some(Message::CaughtUp(pb::CaughtUp { position: at.0 })),
        Followed::Checkpoint(at) => Some(Message::Checkpoint(pb::Checkpoint { position: at.0 })),
        Followed::FellBehind(at) => Some(Message::FellBehind(pb::FellBehind { position: at.0 })),
        Followed::Heartbeat(at, time) => {
            let time = Some(to_proto::timestamp(*time));
            Some(Message::Heartbeat(pb::Heartbeat { position: at.0, time }))
        }
    };
    pb::SubscribeResponse { message }
}

/// An event as a field of a message.
fn put(field: u32, event: &Passed, out: &mut impl BufMut) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(event.encoded_len() as u64, out);
    event.encode(out);
}

/// Puts the first of these events into responses of at most so many.
pub(super) fn responses(events: Vec<Passed>, each: usize) -> Vec<Outgoing> {
    let mut responses = Vec::new();
    let (mut some, mut bytes) = (Vec::new(), 0);
    for event in events {
        bytes += event.encoded_len();
        some.push(event);
        if each <= some.len() || RESPONSE_BYTES <= bytes {
            responses.push(Outgoing::Events(std::mem::take(&mut some)));
            bytes = 0;
        }
    }
    if !some.is_empty() {
        responses.push(Outgoing::Events(some));
    }
    responses
}

/// Reads requests as prost does, and writes responses from stored bytes.
struct Raw<T>(PhantomData<T>);

impl<T: Message + Default + 'static> Codec for Raw<T> {
    type Encode = Outgoing;
    type Decode = T;
    type Encoder = Raw<()>;
    type Decoder = Raw<T>;

    fn encoder(&mut self) -> Raw<()> {
        Raw(PhantomData)
    }

    fn decoder(&mut self) -> Raw<T> {
        Raw(PhantomData)
    }
}

impl Encoder for Raw<()> {
    type Item = Outgoing;
    type Error = Status;

    fn encode(&mut self, message: Outgoing, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.reserve(message.len());
        message.encode(out);
        Ok(())
    }
}

impl<T: Message + Default> Decoder for Raw<T> {
    type Item = T;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<T>, Status> {
        T::decode(bytes).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// Declares services that are served by hand: each method with its codec, and whether it answers with one message or with many.
macro_rules! services {
    ($($(#[$doc:meta])* $name:ident = $service:path {
        $($method:literal: $answer:ident($codec:expr, $work:ident),)+
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Grpc);

        impl $name {
            /// The service over what all services share.
            #[must_use]
            pub fn new(grpc: Grpc) -> Self {
                Self(grpc)
            }
        }

        impl NamedService for $name {
            const NAME: &'static str = $service;
        }

        impl Service<http::Request<Body>> for $name {
            type Response = http::Response<Body>;
            type Error = Infallible;
            type Future = BoxFuture<Self::Response, Infallible>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<Body>) -> Self::Future {
                let grpc = self.0.clone();
                match method_of(&request, Self::NAME) {
                    $($method => $answer($codec, request, async move |asked| grpc.$work(asked).await),)+
                    _ => unknown(),
                }
            }
        }
    )+};
}

services! {
    /// `StatusService`.
    StatusServer = pb::status_service_server::SERVICE_NAME {
        "GetStatus": one(Raw(PhantomData), get_status),
        "ListStatuses": one(ProstCodec::default(), list_statuses),
        "CompareStatus": one(ProstCodec::default(), compare_status),
        "ExplainStatus": one(ProstCodec::default(), explain_status),
        "ListObligations": one(ProstCodec::default(), list_obligations),
        "ListAuthorities": one(ProstCodec::default(), list_authorities),
    }

    /// `HistoryService`.
    HistoryServer = pb::history_service_server::SERVICE_NAME {
        "ReadHistory": many(Raw(PhantomData), read_history),
        "ReplayCase": many(ProstCodec::default(), replay_case),
    }

    /// `SubscriptionService`.
    SubscriptionServer = pb::subscription_service_server::SERVICE_NAME {
        "Subscribe": many(Raw(PhantomData), subscribe),
    }
}

/// The method that a request names, after the service.
fn method_of<'a>(request: &'a http::Request<Body>, service: &str) -> &'a str {
    let path = request.uri().path().strip_prefix('/');
    path.and_then(|path| path.strip_prefix(service)?.strip_prefix('/')).unwrap_or_default()
}

fn unknown() -> BoxFuture<http::Response<Body>, Infallible> {
    Box::pin(async { Ok(Status::unimplemented("there is no such method").into_http()) })
}

fn server<C: Codec>(codec: C) -> tonic::server::Grpc<C> {
    tonic::server::Grpc::new(codec)
        .apply_max_message_size_config(Some(DECODE_BYTES_MAX), Some(ENCODE_BYTES_MAX))
}

/// Answers a call with one message.
fn one<C, F, W>(
    codec: C,
    request: http::Request<Body>,
    work: F,
) -> BoxFuture<http::Response<Body>, Infallible>
where
    C: Codec + Send + 'static,
    F: FnOnce(C::Decode) -> W + Send + 'static,
    W: Future<Output = Result<Response<C::Encode>, Status>> + Send + 'static,
{
    Box::pin(async move { Ok(server(codec).unary(Method(Some(work)), request).await) })
}

/// Answers a call with many messages.
fn many<C, F, W>(
    codec: C,
    request: http::Request<Body>,
    work: F,
) -> BoxFuture<http::Response<Body>, Infallible>
where
    C: Codec + Send + 'static,
    F: FnOnce(C::Decode) -> W + Send + 'static,
    W: Future<Output = Result<Response<Many<C::Encode>>, Status>> + Send + 'static,
{
    Box::pin(async move { Ok(server(codec).server_streaming(Method(Some(work)), request).await) })
}

/// A method that is called once.
struct Method<F>(Option<F>);

impl<F> Method<F> {
    fn once<R, T, W>(&mut self, request: Request<R>) -> BoxFuture<T, Status>
    where
        F: FnOnce(R) -> W,
        W: Future<Output = Result<T, Status>> + Send + 'static,
    {
        match self.0.take() {
            Some(work) => Box::pin(work(request.into_inner())),
            None => Box::pin(async { Err(Status::internal("called twice")) }),
        }
    }
}

impl<R, M, F, W> ServerStreamingService<R> for Method<F>
where
    F: FnOnce(R) -> W,
    W: Future<Output = Result<Response<Many<M>>, Status>> + Send + 'static,
{
    type Response = M;
    type ResponseStream = Many<M>;
    type Future = BoxFuture<Response<Many<M>>, Status>;

    fn call(&mut self, request: Request<R>) -> Self::Future {
        self.once(request)
    }
}

impl<R, M, F, W> UnaryService<R> for Method<F>
where
    F: FnOnce(R) -> W,
    W: Future<Output = Result<Response<M>, Status>> + Send + 'static,
{
    type Response = M;
    type Future = BoxFuture<Response<M>, Status>;

    fn call(&mut self, request: Request<R>) -> Self::Future {
        self.once(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::Position;

    #[test]
    fn what_is_told_beside_events_reads_back_and_fits_the_room_reserved_for_it() {
        for (told, message) in [
            (
                Followed::CaughtUp(Position(u64::MAX)),
                pb::subscribe_response::Message::CaughtUp(pb::CaughtUp { position: u64::MAX }),
            ),
            (
                Followed::Checkpoint(Position(7)),
                pb::subscribe_response::Message::Checkpoint(pb::Checkpoint { position: 7 }),
            ),
            (
                Followed::FellBehind(Position(u64::MAX)),
                pb::subscribe_response::Message::FellBehind(pb::FellBehind { position: u64::MAX }),
            ),
            (
                Followed::Heartbeat(Position(u64::MAX), jiff::Timestamp::MAX),
                pb::subscribe_response::Message::Heartbeat(pb::Heartbeat {
                    position: u64::MAX,
                    time: Some(to_proto::timestamp(jiff::Timestamp::MAX)),
                }),
            ),
        ] {
            let outgoing = Outgoing::Followed(told);
            let mut bytes = Vec::new();
            outgoing.encode(&mut bytes);
            assert!(bytes.len() <= outgoing.len());
            let read = pb::SubscribeResponse::decode(bytes.as_slice()).unwrap();
            assert_eq!(read.message, Some(message));
        }
    }
}
