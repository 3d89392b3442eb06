//! Enrolment: a one-time code turns a fresh edge into a node of the company.
