import type { components } from "../../api/cloud.gen";
import type { Document } from "./document";

type Shape = components["schemas"];

export type State = "draft" | "running" | "scheduled" | "ended" | "stopped";
export type Quota = Shape["PromotionQuota"];
/** A promotion with its newest document. */
export type PromotionDetail = Omit<Shape["PromotionDetail"], "draft"> & { draft: Document };
export type Reasons = Shape["Reasons"];
export type Tried = Shape["CartQuote"];
export type NewTry = Omit<Shape["NewTry"], "draft"> & { draft?: Document };
export type Conflict = Shape["PromotionConflict"];
export type Warning = Shape["PromotionWarning"];
export type Kind = "exclusive" | "same_group" | "stacks" | "never_beside";
export type Decider = "priority" | "best" | "both";
export type Preview = Shape["PromotionPreview"];
export type Voucher = Shape["Voucher"];
export type NewVouchers = Shape["PostVouchers"];
export type VouchersMade = Shape["VouchersMade"];
