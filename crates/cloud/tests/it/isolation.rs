//! Branches are kept apart by the database itself: what the application's own role reaches by raw SQL, as whom.
use cloud::cluster::testing::PgBouncer;
use cloud::{Actor, Config, Pooler};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::browser::{ANN, BOB, Office};
use crate::world::{MORNING, World, database, id};

mod answer;
mod fill;
mod step;

/// A person of branch B, as the world has none who is not everywhere.
const BEA: (u64, u64) = (3, 200);
/// Whose order, whichever table it is in.
const ORDER_OF_A: (u64, u64) = (40, 0);

pub struct Two {
    pub world: World,
    pub a: Uuid,
    pub b: Uuid,
    pub node_a: Uuid,
    pub node_b: Uuid,
    pub bea: Uuid,
}

/// Two branches with a row in every table of locations each.
async fn two() -> Two {
    let world = World::new().await;
    let (a, b) = (world.node(0).await, world.node(1).await);
    let bea = id(BEA.0, BEA.1);
    let person = cloud::staff::NewStaff {
        id: bea,
        name: "Bea".to_owned(),
        email: None,
        password: None,
        pin: None,
        grants: vec![cloud::staff::NewGrant::new(
            "administrator",
            Some(world.locations[1]),
        )],
    };
    cloud::staff::put(&world.cloud, &person).await.unwrap();
    let two = Two {
        a: world.locations[0],
        b: world.locations[1],
        node_a: a.id,
        node_b: b.id,
        bea,
        world,
    };
    fill::all(&two).await;
    two
}

impl Two {
    /// A connection as the application's role, which has said nothing yet.
    async fn app(&self) -> Client {
        connect(&self.world.database.app).await
    }

    async fn owner(&self) -> Client {
        connect(&self.world.database.owner).await
    }
}

async fn connect(config: &tokio_postgres::Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// What a transaction says of itself first.
fn context(actor: &str) -> String {
    format!("set local branchline.actor = '{actor}'; set local branchline.now = '{MORNING}'")
}

/// A number, asked as somebody; a refusal is its SQLSTATE.
async fn number(client: &Client, actor: &str, statement: &str) -> Result<i64, String> {
    client.batch_execute("begin").await.unwrap();
    if !actor.is_empty() {
        client.batch_execute(&context(actor)).await.unwrap();
    }
    let answer = client.query_one(statement, &[]).await;
    client.batch_execute("rollback").await.unwrap();
    answer.map(|row| row.get(0)).map_err(|error| said(&error))
}

/// How many rows a statement changes, asked as somebody, and undone.
async fn changed(client: &Client, actor: &str, statement: &str) -> Result<u64, String> {
    client.batch_execute("begin").await.unwrap();
    client.batch_execute(&context(actor)).await.unwrap();
    let answer = client.execute(statement, &[]).await;
    client.batch_execute("rollback").await.unwrap();
    answer.map_err(|error| said(&error))
}

fn said(error: &tokio_postgres::Error) -> String {
    let told = error.as_db_error().unwrap();
    format!("{} {}", told.code().code(), told.message())
}

/// A table of locations, and which of its rows are of one.
struct Table {
    name: String,
    column: &'static str,
}

/// Tables without the column, whose rows belong to a location by something else.
const BY_OTHER: [(&str, &str); 4] = [
    ("location", "id"),
    ("node_key", "node_id"),
    ("online_order_line", "order_id"),
    ("order_outbox", "order_id"),
];

async fn tables(owner: &Client) -> Vec<Table> {
    let rows = owner
        .query(
            "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
              where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                and a.attname = 'location_id' and not a.attisdropped order by 1",
            &[],
        )
        .await
        .unwrap();
    let by_location = rows.iter().map(|row| Table {
        name: row.get(0),
        column: "location_id",
    });
    let by_other = BY_OTHER.iter().map(|(name, column)| Table {
        name: (*name).to_owned(),
        column,
    });
    by_location.chain(by_other).collect()
}

impl Table {
    /// Its rows of a branch.
    fn of(&self, two: &Two, is_a: bool) -> String {
        let location = if is_a { two.a } else { two.b };
        let value = match self.column {
            "node_id" => {
                if is_a {
                    two.node_a
                } else {
                    two.node_b
                }
            }
            "order_id" => fill::order(is_a),
            _ => location,
        };
        format!("{} = '{value}'", self.column)
    }
}

#[tokio::test]
async fn every_table_of_a_location_has_forced_row_level_security() {
    let (_made, database) = database().await;
    let owner = connect(&database.owner).await;
    let tables = tables(&owner).await;
    assert!(tables.len() > 40, "only {} tables were found", tables.len());
    for table in tables {
        let row = owner
            .query_one(
                "select c.relrowsecurity and c.relforcerowsecurity,
                        coalesce(string_agg(concat(p.qual, ' ', p.with_check), ' ') filter (where 'branchline_app' = any (p.roles)), '')
                   from pg_class c left join pg_policies p on p.schemaname = 'public' and p.tablename = c.relname
                  where c.oid = $1::text::regclass group by c.oid",
                &[&table.name],
            )
            .await
            .unwrap();
        let (forced, rules): (bool, String) = (row.get(0), row.get(1));
        assert!(forced, "{}", table.name);
        assert!(
            rules.contains("SELECT acts_for_all()"),
            "{}: {rules}",
            table.name
        );
        for asked in ["acts_for_all()", "visible_locations()", "granted_regions()"] {
            let per_row = rules.replace(&format!("SELECT {asked}"), "");
            assert!(
                !per_row.contains(asked),
                "{} asks for each row: {rules}",
                table.name
            );
        }
    }
    let open_partitions = owner
        .query_one(
            "select count(*) from pg_inherits join pg_class c on c.oid = inhrelid
              where c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity
                and not exists (select from pg_policy where polrelid = c.oid))",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(open_partitions.get::<_, i64>(0), 0);
    // Nothing that the application owns could switch it off.
    let kept = owner
        .query_one(
            "select count(*) from pg_class where relowner = 'branchline_app'::regrole
                or pg_has_role('branchline_app', 'branchline_owner', 'member')",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(kept.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn one_place_says_which_grants_are_in_force_and_the_planner_sees_through_it() {
    let (_made, database) = database().await;
    let owner = connect(&database.owner).await;
    let askers = owner
        .query_one(
            "select count(*) from pg_proc
              where proname = any ('{is_chain_wide,reached_locations,look_around,granted_regions,held_grants}')
                and prosrc like '%grants_in_force(%' and prosrc not like '%valid_until%'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(
        askers.get::<_, i64>(0),
        5,
        "all that isolation rests on asks it"
    );
    owner
        .batch_execute(&format!("set branchline.now = '{MORNING}'"))
        .await
        .unwrap();
    let plan = owner
        .query(
            "explain (costs off) select from grants_in_force('00000000-0000-0000-0000-000000000000', moment())
              where location_id is null",
            &[],
        )
        .await
        .unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    assert!(!plan.contains("Function Scan"), "{plan}");
    assert!(plan.contains("location_id IS NULL"), "{plan}");
}

#[tokio::test]
async fn by_raw_sql_nobody_reads_a_row_of_a_foreign_branch() {
    let two = two().await;
    let (app, owner) = (two.app().await, two.owner().await);
    let foreigners = [
        String::new(),
        format!("staff:{}", two.bea),
        format!("staff:{}", Uuid::nil()),
        format!("node:{}", two.node_b),
        format!("customer:{}", two.bea),
        "token:of nobody".to_owned(),
    ];
    for table in tables(&owner).await {
        let name = &table.name;
        let all = format!("select count(*) from {name} where ");
        let of_a = all.clone() + &table.of(&two, true);
        let of_b = all + &table.of(&two, false);
        for statement in [&of_a, &of_b] {
            let there = number(&owner, "", statement).await;
            assert!(
                there > Ok(0),
                "{statement} finds nothing, so this proves nothing"
            );
        }
        for actor in &foreigners {
            let seen = number(&app, actor, &of_a).await;
            assert_eq!(seen, Ok(0), "{actor} sees {name} of A");
            let counted = number(&app, actor, &format!("select count(*) from {name}")).await;
            let own = number(&app, actor, &of_b).await;
            // Beside their own: what all locations get a copy of, and what is one's own by another name.
            if name != "reference_entity" && name != "location" {
                assert_eq!(counted, own, "{actor} counts foreign rows of {name}");
            }
        }
        let all = number(&owner, "", &of_b).await;
        let own = number(&app, &format!("staff:{}", two.bea), &of_b).await;
        assert_eq!(own, all, "somebody of B does not see {name} of B");
        let service = number(&app, "service:test", &of_a).await;
        let there = number(&owner, "", &of_a).await;
        assert_eq!(service, there, "a service does not see {name}");
    }
}

#[tokio::test]
async fn by_raw_sql_nobody_writes_a_row_of_a_foreign_branch() {
    let two = two().await;
    let (app, owner) = (two.app().await, two.owner().await);
    for actor in [
        format!("staff:{}", two.bea),
        format!("node:{}", two.node_b),
        "customer:x".to_owned(),
    ] {
        for table in tables(&owner).await {
            let (name, column) = (&table.name, table.column);
            let (of_a, of_b) = (table.of(&two, true), table.of(&two, false));
            let foreign_row = fill::insert(&owner, &two, name, true).await;
            let refused = changed(&app, &actor, &foreign_row).await.unwrap_err();
            assert!(
                refused.starts_with("42501"),
                "{actor} adds to {name}: {refused}"
            );
            for statement in [
                format!("update {name} set {column} = {column} where {of_a}"),
                format!("delete from {name} where {of_a}"),
            ] {
                match changed(&app, &actor, &statement).await {
                    Ok(rows) => assert_eq!(rows, 0, "{actor}: {statement}"),
                    Err(refused) => assert!(refused.starts_with("42501"), "{statement}: {refused}"),
                }
            }
            // A row of one's own cannot be made one of A's. An order may be picked up elsewhere and still come from B.
            if name == "online_order" {
                continue;
            }
            let value = of_a.split(" = ").nth(1).unwrap();
            let given_away = format!("update {name} set {column} = {value} where {of_b}");
            match changed(&app, &actor, &given_away).await {
                Ok(rows) => assert_eq!(rows, 0, "{actor}: {given_away}"),
                Err(refused) => {
                    let is_kept = ["42501", "23001", "428C9"].contains(&&refused[..5]);
                    assert!(is_kept, "{given_away}: {refused}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_partition_by_its_name_shows_nothing_to_anybody() {
    let two = two().await;
    let (app, owner) = (two.app().await, two.owner().await);
    let rows = owner
        .query(
            "select inhrelid::regclass::text, has_table_privilege('branchline_app', inhrelid, 'select')
               from pg_inherits join pg_class c on c.oid = inhrelid where c.relkind = 'r'",
            &[],
        )
        .await
        .unwrap();
    let mut filled = 0;
    for row in rows {
        let (part, readable): (String, bool) = (row.get(0), row.get(1));
        let all = format!("select count(*) from {part}");
        filled += number(&owner, "", &all).await.unwrap();
        if !readable {
            continue;
        }
        for actor in ["service:test".to_owned(), format!("staff:{}", two.bea)] {
            assert_eq!(number(&app, &actor, &all).await, Ok(0), "{actor}: {part}");
        }
    }
    assert!(filled > 0, "no partition has a row");
}

#[tokio::test]
async fn what_was_said_in_one_transaction_is_not_believed_in_the_next() {
    let two = two().await;
    let pgbouncer = PgBouncer::start(two.world.test_database.as_ref().unwrap(), 1)
        .await
        .unwrap();
    let through = pgbouncer.config(two.world.test_database.as_ref().unwrap(), "branchline_app");
    let (one, other) = (connect(&through).await, connect(&through).await);
    let sales = "select count(*) from sale";
    // One server connection for both: what the first has said must end with its transaction.
    for _ in 0..3 {
        one.batch_execute("begin").await.unwrap();
        one.batch_execute(&context("service:test")).await.unwrap();
        let rows = one.simple_query(sales).await.unwrap();
        assert!(!is_zero(&rows));
        one.batch_execute("commit").await.unwrap();
        assert!(is_zero(&other.simple_query(sales).await.unwrap()));
        other.batch_execute("begin").await.unwrap();
        assert!(is_zero(&other.simple_query(sales).await.unwrap()));
        other.batch_execute("commit").await.unwrap();
    }
}

fn is_zero(answer: &[tokio_postgres::SimpleQueryMessage]) -> bool {
    answer.iter().any(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0) == Some("0"),
        _ => false,
    })
}

#[tokio::test]
async fn a_cloud_whose_role_would_see_everything_does_not_start() {
    let world = World::new().await;
    let owner = connect(&world.database.owner).await;
    let name = world.test_database.as_ref().unwrap().name();
    for (login, granted, expected) in [
        (None, "", "is a superuser or bypasses"),
        (
            Some("bypass"),
            "bypassrls in role branchline_app",
            "is a superuser or bypasses",
        ),
        (
            Some("owner"),
            "in role branchline_app, branchline_owner",
            "is a member of branchline_owner",
        ),
        (Some("nobody"), "", "may not use the tables"),
    ] {
        let mut database = world.database.clone();
        database.app = database.owner.clone();
        if let Some(login) = login {
            let role = format!("{name}_{login}");
            owner
                .batch_execute(&format!("create role {role} login {granted}"))
                .await
                .unwrap();
            database.app.user(&role);
        }
        database.pooler = Pooler::None;
        let config = Config::new(database, "127.0.0.1:0".parse().unwrap());
        let refused = match cloud::start(config, httpkit::Parts::system()).await {
            Ok(_) => panic!("{login:?} may start"),
            Err(error) => format!("{error:#}"),
        };
        assert!(refused.contains(expected), "{login:?}: {refused}");
        if let Some(login) = login {
            let drop = format!("drop role {name}_{login}");
            owner.batch_execute(&drop).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_grant_for_a_region_reaches_the_locations_that_it_has() {
    let office = Office::open().await;
    let [a, b] = [0, 1].map(|place| office.world.locations[place]);
    let region = id(30, 1);
    office
        .meddle(&format!(
            "insert into region (id, code, name) values ('{region}', 'N', 'North');
             update location set region_id = '{region}' where id in ('{a}', '{b}');
             update staff_grant set location_id = null, region_id = '{region}'
              where staff_id = (select id from staff where email = '{BOB}')"
        ))
        .await;
    let bob = office.signed_in(BOB).await;
    let seen = |session: &serde_json::Value| {
        let locations = session["locations"].as_array().unwrap();
        locations
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&bob.read("/v1/session").await), ["A", "B"]);
    // Without the region's permissions being everywhere: what belongs to the chain stays closed.
    assert_eq!(bob.get("/v1/jobs").await.0, 403);
    office
        .meddle(&format!(
            "update location set region_id = null where id = '{a}'"
        ))
        .await;
    assert_eq!(seen(&bob.read("/v1/session").await), ["B"]);
    // And Ann, whose grant is for one location, saw only hers all the time.
    let ann = office.signed_in(ANN).await;
    assert_eq!(seen(&ann.read("/v1/session").await), ["A"]);
}

#[tokio::test]
async fn a_token_sees_what_its_person_sees_and_a_dismissed_person_sees_nothing() {
    let two = two().await;
    let token = Actor::Token {
        id: id(50, 0),
        staff: two.bea,
    };
    assert_eq!(token.to_string(), format!("token:{}", id(50, 0)));
    let locations = async || {
        two.world
            .cloud
            .read("test", token, async |tx| {
                let sql = cloud::db::Sql {
                    text: "select id, actor() from location",
                    params: &[],
                    columns: &[cloud::db::Kind::Uuid, cloud::db::Kind::Text],
                };
                let rows = tx.rows(sql, &[]).await?;
                Ok(rows
                    .iter()
                    .map(|row| (row.get(0), row.get(1)))
                    .collect::<Vec<(Uuid, String)>>())
            })
            .await
            .unwrap()
    };
    assert_eq!(locations().await, [(two.b, token.to_string())]);
    let dismissed = format!(
        "set branchline.now = '{MORNING}'; update staff set active = false where id = '{}'",
        two.bea
    );
    two.world.meddle(&dismissed).await;
    assert_eq!(locations().await, []);
}
