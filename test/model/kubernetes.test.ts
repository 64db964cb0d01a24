import { describe, expect, test } from "vitest";
import { config, errorLine, look, type Said, site, verdict } from "./small-host.ts";

const CURL = { exitCode: 7, stdout: "000 0 0 0 0 0\n", stderr: "curl: (7) Failed to connect" };

/** A host whose nginx gets nothing from that peer. */
const refusing = (peer: string, more: Said = {}): Said => ({
  "nginx-config": config(site(`proxy_pass http://${peer};`)),
  "error-log": `${errorLine(3, "connect() failed (111: Connection refused) while connecting to upstream", `http://${peer}/`)}\n`,
  front: "502 0.001 0.01 0.01 120 15\n",
  direct: CURL,
  ...more,
});

async function spots(said: Said): Promise<{ because: string; remedy?: string | undefined }[]> {
  const { diagnosis } = verdict(await look(said));
  expect(diagnosis.fixes).toEqual([]);
  expect(diagnosis.causes.filter((c) => c.grade === "proven")).toEqual([]);
  return diagnosis.blindSpots.filter((b) => b.check === "kubernetes");
}

const KUBE_PROXY = `*nat
:KUBE-SERVICES - [0:0]
-A KUBE-SERVICES -d 10.96.12.7/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-ABC
-A KUBE-NODEPORTS -p tcp -m comment --comment "ingress-nginx/ingress-nginx-controller:http" -m tcp --dport 30080 -j KUBE-EXT-DEF
COMMIT
`;

describe("a peer in a Kubernetes cluster is a blind spot with the lines to run", () => {
  test("by a service's name", async () => {
    const name = "web.shop.svc.cluster.local";
    const [spot] = await spots(refusing(`${name}:8080`, { resolve: "10.96.12.7     STREAM web\n" }));
    expect(spot?.because).toContain("is in a Kubernetes cluster (shop/web)");
    expect(spot?.remedy?.split("; ")).toEqual([
      "kubectl -n shop get service,endpointslices,pods -o wide",
      "kubectl -n shop describe service web",
      "kubectl -n shop logs service/web --all-containers --since=15m",
      "kubectl -n shop get events --sort-by=.lastTimestamp",
    ]);
  });

  test("by kube-proxy's rule for the address", async () => {
    const [spot] = await spots(refusing("10.96.12.7:80", { firewall: KUBE_PROXY, "firewall-nft": "" }));
    expect(spot?.because).toContain("shop/web");
    expect(spot?.because).toContain("KUBE-SERVICES");
  });

  test("a node port of an ingress controller also asks for the ingresses", async () => {
    const [spot] = await spots(refusing("10.0.0.9:30080", { firewall: KUBE_PROXY, "firewall-nft": "" }));
    expect(spot?.because).toContain("ingress-nginx/ingress-nginx-controller");
    expect(spot?.remedy).toMatch(/; kubectl get ingress --all-namespaces$/);
  });

  test("by the route to a pod", async () => {
    const [spot] = await spots(
      refusing("10.244.1.7:8080", { route: "10.244.1.7 dev cni0 src 10.244.1.1 uid 0\n" }),
    );
    expect(spot?.because).toContain("cni0");
    expect(spot?.remedy).toContain("--field-selector status.podIP=10.244.1.7");
  });

  test.each(["10.96.12.8:80", "10.96.12.7:81", "10.0.0.9:30081"])(
    "an address in the usual range alone proves nothing: %s",
    async (peer) => {
      expect(await spots(refusing(peer, { firewall: KUBE_PROXY, "firewall-nft": "" }))).toEqual([]);
    },
  );
});
