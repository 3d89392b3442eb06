//! What tills are told as it happens.
use std::time::Duration;

use edge::testkit;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};

use crate::support::{TestShop, new_id};

#[tokio::test]
async fn tills_hear_of_sales_and_of_the_end() {
    let shop = TestShop::start().await;
    let till = shop.open_till(1).await;
    let url = format!("ws://{}/v1/live", shop.running.addr);
    let refused = tokio_tungstenite::connect_async(&url).await.unwrap_err();
    assert!(matches!(refused, tungstenite::Error::Http(answer) if answer.status() == 401));

    let body = json!({ "staff_id": testkit::cashier_id().as_uuid(), "pin": testkit::PIN,
                       "register_id": testkit::register_id(2).as_uuid() });
    let session = format!("{}/v1/session", till.base);
    // Another browser: the cookie of the first till stays.
    let other = shop.till();
    let response = other.http.post(session).json(&body).send().await.unwrap();
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let mut request = url.into_client_request().unwrap();
    request
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();

    let mut heard = async || loop {
        let message = tokio::time::timeout(Duration::from_secs(5), socket.next())
            .await
            .unwrap();
        match message.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str::<Value>(&text).unwrap(),
            Message::Close(_) => return json!("the end"),
            _ => {}
        }
    };
    let first = heard().await;
    assert_eq!(
        (&first["type"], &first["last_seq"]),
        (&json!("sync"), &json!(1))
    );

    let sold = till.sell(new_id(), &[("COLA", 1)], 150).await;
    assert_eq!(sold.0, 201);
    let (mut stock, mut seq) = (Value::Null, Value::Null);
    while stock.is_null() || seq != json!(3) {
        let message = heard().await;
        match message["type"].as_str().unwrap() {
            "stock" => stock = message["items"][0]["on_hand"].clone(),
            "sync" => seq = message["last_seq"].clone(),
            other => panic!("{other}"),
        }
    }
    let stopped = tokio::spawn(shop.running.stop());
    while heard().await != json!("the end") {}
    tokio::time::timeout(Duration::from_secs(5), stopped)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
