//! Founds the company at the office: the same operations that an administrator's import calls, each repeatable.
use anyhow::Context;
use cloud::{
    Cloud, catalog,
    catalog::{NewCategory, NewMatrix, NewVariant},
    company, container,
    container::NewContainer,
    location,
    location::{NewLocation, NewRegister},
    staff,
    staff::{NewGrant, NewRole, NewStaff},
    supplier,
    supplier::NewSupplier,
};
use traffic::chain::{Category, Chain, Location, LocationKind, Product, Role, Staff};

/// Enters locations, roles, staff, catalogue, suppliers and containers.
pub(super) async fn found(cloud: &Cloud, chain: &Chain) -> anyhow::Result<()> {
    company::put(cloud, chain.id, chain.company, chain.currency)
        .await
        .context("the company")?;
    for location in &chain.locations {
        location::put(cloud, &location_as_entered(location))
            .await
            .context(location.name)?;
    }
    staff::put_roles(cloud, &roles())
        .await
        .context("the roles")?;
    for person in &chain.staff {
        staff::put(cloud, &staff_as_entered(person))
            .await
            .context(person.name)?;
    }
    let categories: Vec<NewCategory> = chain.categories.iter().map(category_as_entered).collect();
    catalog::put_categories(cloud, &categories)
        .await
        .context("the categories")?;
    let variants: Vec<NewVariant> = chain
        .products
        .iter()
        .flat_map(variants_as_entered)
        .collect();
    catalog::put_variants(cloud, &variants)
        .await
        .context("the products")?;
    let matrices: Vec<NewMatrix> = chain
        .products
        .iter()
        .filter_map(matrix_as_entered)
        .collect();
    catalog::put_matrices(cloud, &matrices)
        .await
        .context("sizes and colours")?;
    let suppliers = chain.suppliers.iter().map(|supplier| NewSupplier {
        id: supplier.id.as_uuid(),
        name: supplier.name.to_owned(),
        code: supplier.code.to_owned(),
        active: true,
    });
    supplier::put(cloud, &suppliers.collect::<Vec<_>>())
        .await
        .context("the suppliers")?;
    let containers = chain.containers.iter().map(|one| NewContainer {
        id: one.id.as_uuid(),
        name: one.name.to_owned(),
        code: one.code.to_owned(),
        tare: one.tare,
        active: true,
    });
    container::put(cloud, &containers.collect::<Vec<_>>())
        .await
        .context("the containers")?;
    Ok(())
}

fn location_as_entered(location: &Location) -> NewLocation {
    let registers = location.registers.iter().map(|register| NewRegister {
        id: register.id.as_uuid(),
        name: register.name.clone(),
        prefix: register.prefix.clone(),
    });
    NewLocation {
        id: location.id.as_uuid(),
        code: location.code.to_owned(),
        name: location.name.to_owned(),
        kind: match location.kind {
            LocationKind::Shop => location::Kind::Shop,
            LocationKind::BuyingStation => location::Kind::BuyingStation,
        },
        time_zone: location.time_zone.to_owned(),
        address: location.address.to_owned(),
        registers: registers.collect(),
    }
}

/// The roles that a company begins with; an administrator changes them at run time.
pub(crate) fn roles() -> Vec<NewRole> {
    Role::ALL
        .into_iter()
        .map(|role| NewRole {
            id: role.id(),
            code: role.code().to_owned(),
            name: role.name().to_owned(),
            permissions: role.permissions().to_vec(),
        })
        .collect()
}

fn staff_as_entered(person: &Staff) -> NewStaff {
    let location = person.location.map(retail::id::Id::as_uuid);
    NewStaff {
        id: person.id.as_uuid(),
        name: person.name.to_owned(),
        email: person.login.map(|(email, _)| email.to_owned()),
        password: person.login.map(|(_, password)| password.to_owned()),
        pin: person.pin.map(str::to_owned),
        grants: vec![NewGrant::new(person.role.code(), location)],
    }
}

fn category_as_entered(category: &Category) -> NewCategory {
    NewCategory {
        id: category.id.as_uuid(),
        name: category.name.clone(),
        parent: category.parent.map(retail::id::Id::as_uuid),
    }
}

fn variants_as_entered(product: &Product) -> impl Iterator<Item = NewVariant> {
    product.variants.iter().map(|variant| NewVariant {
        id: variant.id.as_uuid(),
        product: product.id.as_uuid(),
        sku: variant.sku.clone(),
        name: variant.name.clone(),
        category: Some(product.category.as_uuid()),
        unit: variant.unit,
        tax_rate_bps: variant.tax_bps,
        barcodes: vec![(variant.barcode.as_str().to_owned(), 1)],
        unit_price: Some(variant.price.major()),
        price_quantity: variant.price.per(),
        active: true,
    })
}

fn matrix_as_entered(product: &Product) -> Option<NewMatrix> {
    let matrix = product.matrix.as_ref()?;
    let options = matrix.options.iter();
    let choices = product.variants.iter();
    Some(NewMatrix {
        product: product.id.as_uuid(),
        name: product.name.clone(),
        brand: matrix.brand.to_owned(),
        options: options
            .map(|(name, choices)| ((*name).to_owned(), choices.clone()))
            .collect(),
        variants: choices
            .map(|variant| (variant.id.as_uuid(), variant.choices.clone()))
            .collect(),
    })
}
