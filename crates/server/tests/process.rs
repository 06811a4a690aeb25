//! A whole process: the log on disk, opened, served, closed, and opened again.

use docket_api::pb;
use docket_api::pb::record_service_client::RecordServiceClient;
use docket_server::run::open;
use docket_server::{Config, RunError, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::harness::{connect, notice};

#[tokio::test]
async fn what_was_recorded_is_there_when_the_log_is_opened_again_and_the_register_is_recorded_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(folder.path().join("data"), "127.0.0.1:0").unwrap();
    let mut heads = Vec::new();
    for _ in 0..2 {
        let opened = open(&config).await.unwrap();
        let listener = TcpListener::bind(config.listen()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, opened.tracker.clone(), None, async {
            let _dropped = stopped.await;
        }));
        let mut client = RecordServiceClient::new(connect(address).await);
        let request =
            pb::RecordRequest { events: vec![notice(1, "E06000010", "2022-08-05")], ..Default::default() };
        let recorded = client.record(request).await.unwrap().into_inner();
        heads.push((opened.tracker.head(), recorded.recorded));
        stop.send(()).unwrap();
        drop(client);
        served.await.unwrap().unwrap();
        opened.log.close();
    }
    assert_eq!(heads[0], heads[1]);
}

#[tokio::test]
async fn a_data_directory_is_served_by_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(folder.path().to_owned(), "127.0.0.1:0").unwrap();
    let opened = open(&config).await.unwrap();
    assert!(matches!(open(&config).await, Err(RunError::Open(_))));
    opened.log.close();
    open(&config).await.map(|again| again.log.close()).unwrap();
}
