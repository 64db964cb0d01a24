import { z } from "zod";
import { flag, int, text, texts } from "./optional-fact.ts";

export const NetFacts = z.object({
  route: text.describe("the route to the peer"),
  sandbox: text.describe("the unit, and its setting that keeps nginx and the peer apart"),
  neighbour: text.describe("state of the peer in the neighbour table"),
  chain: text.describe("the chain of iptables' filter table that this rule stands in"),
  sentTo: text.describe("where this rule sends the connection on to, and nobody listens"),
  blockedBy: text.describe("the firewall rule that blocks it"),
  blockedSurely: flag.describe(
    "that rule stops it whatever cannot be judged from outside: a rate, a set, a mark",
  ),
  blockedOn: text.describe("the other machine that has that rule; absent: nginx's own host"),
  dropped: flag.describe("that rule drops"),
  rejected: flag.describe("that rule rejects"),
  synSent: int.describe("connections that wait for an answer"),
  timeWait: int.describe("connections in TIME-WAIT to it"),
  established: int.describe("connections that are open"),
  bindAddressPresent: flag.describe("the host has the address of proxy_bind"),
  resolverAnswers: flag.describe("the name server answers"),
  nameExists: flag.describe("the name exists there"),
  resolverUnit: text.describe("the unit of the local name server"),
  resolverUnitState: text.describe("ActiveState of that unit"),
});

export const TlsFacts = z.object({
  outcome: text.describe("how a TLS handshake with the peer ended"),
  asked: text.describe("the name that was sent when a handshake with a name was tried"),
  withName: text.describe("how it ended with the name sent"),
  withoutName: text.describe("how it ended without"),
  verify: text.describe("OpenSSL's word on the certificate"),
  expired: flag.describe("the certificate has expired"),
  notYet: flag.describe("it is not valid yet"),
  names: texts.describe("the names in it"),
  wantsClientCert: flag.describe("the peer asks for a client certificate"),
  protocol: text.describe("the protocol that was agreed on"),
});
