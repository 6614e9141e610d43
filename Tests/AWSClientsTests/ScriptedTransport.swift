import AWSClients
import AWSWire
import StrictJSON
import Synchronization

/// A network that answers from a list, and remembers what it was sent.
final class ScriptedTransport: HTTPTransport {
    /// One thing that happens to a request.
    enum Step: Sendable {
        case answer(WireResponse)
        case failure(ClientError)

        static func json(_ text: String, status: Int = 200) -> Step {
            .answer(WireResponse(status: status, body: Array(text.utf8)))
        }

        static func error(_ code: String, _ message: String? = nil, status: Int = 400) -> Step {
            .answer(JSON11.failure(WireError(code, message, status: status), requestID: "r"))
        }
    }

    private struct State {
        var steps: [Step]
        var requests: [WireRequest] = []
    }

    private let state: Mutex<State>
    private let rest: Step?

    /// - Parameter rest: What happens when the list is used up.
    init(_ steps: [Step], then rest: Step? = nil) {
        state = Mutex(State(steps: steps))
        self.rest = rest
    }

    /// A transport whose `n`-th request, counted from 1, fails, and the others get `answer`.
    static func failing(on n: Int, with failure: Step, otherwise answer: Step) -> ScriptedTransport {
        ScriptedTransport(Array(repeating: answer, count: n - 1) + [failure], then: answer)
    }

    var requests: [WireRequest] { state.withLock { $0.requests } }

    func send(_ request: WireRequest, to endpoint: Endpoint) throws(ClientError) -> WireResponse {
        let step = state.withLock { state in
            state.requests.append(request)
            return state.steps.isEmpty ? rest : state.steps.removeFirst()
        }
        switch step {
        case .answer(let response): return response
        case .failure(let error): throw error
        case nil: throw .interrupted(host: endpoint.hostHeader, reason: "the script is over")
        }
    }
}

/// Credentials that are renewed when they are forgotten.
final class RenewedCredentials: CredentialSource {
    private let generation = Mutex(1)

    func credentials() throws(ClientError) -> Credentials {
        let number = generation.withLock { $0 }
        return Credentials(accessKeyID: "AKIA\(number)", secret: SecretAccessKey("s"), sessionToken: nil)
    }

    func forget() { generation.withLock { $0 += 1 } }
}
