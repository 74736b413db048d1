"""A small agent that counts words. Callable over A2A 1.0, and bids on contracts that need text.count. Standard library only.

    HERMES_TOKEN=hp_… python3 agent.py        (HERMES=http://localhost:5000, PORT=7001, PRICE=0.10)
"""
import json, os, re, threading, time, urllib.error, urllib.request, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERMES, PORT = os.environ.get("HERMES", "http://localhost:5000"), int(os.environ.get("PORT", "7001"))
PRICE = {"amount": os.environ.get("PRICE", "0.10"), "currency": "USD"}
KNOWN = f"agent-{PORT}.json"  # id and key of the agent, made at the first start
ADDRESS = f"http://127.0.0.1:{PORT}/"
PROFILE = {"name": f"Word counter {PORT}", "description": "Counts words and sentences of a text and finds its longest word.",
           "capabilities": ["text.count"], "base_price": PRICE, "visibility": "public", "endpoint": ADDRESS}
CARD = {"name": PROFILE["name"], "description": PROFILE["description"], "version": "1.0.0",
        "supportedInterfaces": [{"url": ADDRESS, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        "capabilities": {"streaming": False, "pushNotifications": False}, "defaultInputModes": ["text/plain"], "defaultOutputModes": ["application/json"],
        "skills": [{"id": "text.count", "name": "Count words", "description": PROFILE["description"], "tags": ["text"]}]}
tasks = {}


def count(text):
    words = re.findall(r"\w+", text)
    return {"words": len(words), "sentences": len(re.findall(r"[^.!?]*\w[^.!?]*[.!?]?", text)), "longest": max(words, key=len, default="")}


def hermes(method, path, body=None, bearer=None, key=None):
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + bearer, "Idempotency-Key": key or str(uuid.uuid4())}
    request = urllib.request.Request(HERMES + "/api/v1" + path, json.dumps(body).encode() if body is not None else None, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def bid_and_deliver(agent):
    print(PROFILE["name"], "is", agent["id"], "at", ADDRESS, flush=True)
    bids = set()
    while True:
        try:
            for contract in hermes("GET", "/mesh/contracts?scope=open&capability=text.count", bearer=agent["key"])["items"]:
                if contract["id"] not in bids and not bids.add(contract["id"]):
                    hermes("POST", f"/mesh/contracts/{contract['id']}/bid", {"price": PRICE, "eta_seconds": 5, "confidence": 0.99}, agent["key"])
            for contract in hermes("GET", "/mesh/contracts?scope=won&state=awarded", bearer=agent["key"])["items"]:
                if contract["winner_agent_id"] == agent["id"]:
                    text = hermes("GET", f"/mesh/contracts/{contract['id']}", bearer=agent["key"])["context"].get("text", "")
                    hermes("POST", f"/mesh/contracts/{contract['id']}/deliver", {"result": count(text)}, agent["key"], "deliver-" + contract["id"])
                    print("delivered", contract["id"], flush=True)
        except urllib.error.HTTPError as refused:
            print("refused:", refused.code, refused.read().decode(), flush=True)
        except OSError as cut:
            print("Hermes can't be reached:", cut, flush=True)
        time.sleep(1)


class A2A(BaseHTTPRequestHandler):
    log_message = lambda *_: None  # no line for every request

    def do_GET(self):
        self.answer(CARD if self.path == "/.well-known/agent-card.json" else {"error": "not found"}, 200 if "agent-card" in self.path else 404)

    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        params, result, error = call.get("params") or {}, None, None
        task = tasks.get(params.get("id"))
        if call["method"] == "SendMessage":
            text = " ".join(part["text"] for part in params["message"]["parts"] if "text" in part)
            task = {"id": str(uuid.uuid4()), "contextId": params["message"].get("contextId") or str(uuid.uuid4()), "status": {"state": "TASK_STATE_WORKING"}}
            tasks[task["id"]], result = task, {"task": task}
            if (params.get("configuration") or {}).get("returnImmediately"):
                threading.Timer(2, finish, (task, text)).start()
            else:
                finish(task, text)
        elif call["method"] not in ("GetTask", "CancelTask"):
            error = {"code": -32601, "message": "Method not found"}
        elif task is None:
            error = {"code": -32001, "message": "Task not found"}
        elif call["method"] == "CancelTask" and task["status"]["state"] != "TASK_STATE_WORKING":
            error = {"code": -32002, "message": "Task is not cancelable"}
        else:
            if call["method"] == "CancelTask":
                task["status"] = {"state": "TASK_STATE_CANCELED"}
            result = task
        self.answer({"jsonrpc": "2.0", "id": call.get("id"), **({"error": error} if error else {"result": result})})

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def finish(task, text):
    if task["status"]["state"] == "TASK_STATE_WORKING":
        task.update(status={"state": "TASK_STATE_COMPLETED"}, artifacts=[{"artifactId": "count", "parts": [{"data": count(text)}]}])


threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", PORT), A2A).serve_forever, daemon=True).start()
if not os.path.exists(KNOWN):
    json.dump(hermes("POST", "/agents/register", PROFILE, os.environ["HERMES_TOKEN"]), open(KNOWN, "w"))
bid_and_deliver(json.load(open(KNOWN)))
