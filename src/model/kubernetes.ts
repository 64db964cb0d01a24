import type { FactSet } from "./facts.ts";
import type { Side } from "./side.ts";
import type { Peer } from "./topology.ts";

/** A peer that a Kubernetes cluster answers for, with what shows it. */
export interface ClusterPeer {
  /** A clause: how it was recognised. */
  readonly because: string;
  readonly namespace?: string;
  readonly service?: string;
}

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** NAME.NAMESPACE.svc, with or without the cluster's domain. */
const SERVICE_NAME = new RegExp(`^(?:${LABEL}\\.)*?(${LABEL})\\.(${LABEL})\\.svc(?:\\.[a-z0-9.-]+)?\\.?$`);
const CLUSTER_NAME = /\.cluster\.local\.?$/;
const CLUSTER_DEVICE = /\bdev (cni0|flannel\S*|cali\S*|cilium\S*|vxlan\.calico|weave|kube-\S+|lxc\S+)/;
const NODE = /(?:^|\/)(kubelet|kube-proxy|k3s|k0s|rke2|microk8s)\b/;

/**
 * Recognises a peer inside a Kubernetes cluster by its name, by kube-proxy's own rules, by the route to its address,
 * or because its machine is a node and the port one of the range for node ports. A range of addresses alone proves nothing.
 */
export function clusterPeer(
  peer: Peer | null,
  list: readonly string[],
  facts: FactSet,
  there: Side | undefined,
): ClusterPeer | undefined {
  if (peer?.kind !== "tcp") return undefined;
  const named = SERVICE_NAME.exec(peer.hostname ?? "");
  if (named !== null)
    return {
      because: `${peer.hostname} is a service's name`,
      service: named[1] ?? "",
      namespace: named[2] ?? "",
    };
  if (CLUSTER_NAME.test(peer.hostname ?? "")) return { because: `${peer.hostname} is a name of the cluster` };
  const rule = proxied(peer, list, facts) ?? (there && proxied(peer, list, there.facts));
  if (rule !== undefined) return rule;
  const device = facts
    .results("route")
    .filter((r) => r.end === "exited" && list.includes(r.argv.at(-1) ?? ""))
    .map((r) => CLUSTER_DEVICE.exec(r.stdout)?.[1])
    .find((d) => d !== undefined);
  if (device !== undefined) return { because: `the route to ${list[0]} leads through ${device}` };
  const node = there?.processes.all.map((p) => NODE.exec(p.args.split(/\s/)[0] ?? "")?.[1]).find((n) => n);
  const port = peer.port ?? 0;
  if (there !== undefined && node !== undefined && port >= 30_000 && port <= 32_767)
    return { because: `${there.host.name} runs ${node}, and ${port} is in the range of node ports` };
  return undefined;
}

/** kube-proxy writes the service into the comment of each of its rules: `--comment "shop/web:http cluster IP"`. */
function proxied(peer: Peer, list: readonly string[], facts: FactSet): ClusterPeer | undefined {
  for (const r of facts.results("firewall")) {
    if (r.end !== "exited" && r.end !== "cut") continue;
    for (const line of r.stdout.split("\n")) {
      const chain = /-A (KUBE-(?:SERVICES|NODEPORTS|EXTERNAL-SERVICES)) /.exec(line)?.[1];
      if (chain === undefined || !new RegExp(`--dport ${peer.port}(?:\\s|$)`).test(line)) continue;
      const to = / -d (\S+?)(?:\/32)?(?:\s|$)/.exec(line)?.[1];
      if (to === undefined ? chain !== "KUBE-NODEPORTS" : !list.includes(to)) continue;
      const named = new RegExp(`--comment "?(${LABEL})/(${LABEL})[:" ]`).exec(line);
      const because = `kube-proxy has a rule for it (${chain})`;
      return named === null ? { because } : { because, namespace: named[1] ?? "", service: named[2] ?? "" };
    }
  }
  return undefined;
}

const INGRESS = /ingress|traefik|contour|haproxy-kubernetes|kong/;

/** The lines that somebody with access to the cluster runs to look on. */
export function kubectlLines({ namespace, service }: ClusterPeer, address: string): string[] {
  if (namespace === undefined || service === undefined)
    return [
      "kubectl get service,endpointslices --all-namespaces -o wide",
      `kubectl get pods --all-namespaces -o wide --field-selector status.podIP=${address}`,
    ];
  const lines = [
    `kubectl -n ${namespace} get service,endpointslices,pods -o wide`,
    `kubectl -n ${namespace} describe service ${service}`,
    `kubectl -n ${namespace} logs service/${service} --all-containers --since=15m`,
    `kubectl -n ${namespace} get events --sort-by=.lastTimestamp`,
  ];
  return INGRESS.test(`${namespace} ${service}`) ? [...lines, "kubectl get ingress --all-namespaces"] : lines;
}
