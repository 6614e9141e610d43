public import StrictJSON

// The protocol "AWS JSON 1.1" as KMS speaks it: every call is `POST /`, the operation stands in `X-Amz-Target`,
// members are in the body. Left out: the `x-amz-json-1.0` variant and CRC32 response headers, which KMS has not.
//
// Source: Smithy, "AWS JSON 1.1 protocol"; what KMS itself does is in the specification's section on the wire.

/// Requests and answers of AWS JSON 1.1.
public enum JSON11 {
    /// The media type of requests, answers and errors.
    public static let contentType = "application/x-amz-json-1.1"
    /// The header that repeats the request's identifier.
    public static let requestIDHeader = "x-amzn-requestid"

    // KMS writes these two with a capital M; clients read both spellings.
    private static let codesWithCapitalMessage: Set<String> = [
        "AccessDeniedException", "UnsupportedOperationException",
    ]

    // MARK: - The server's side

    /// The operation that `X-Amz-Target` asks for.
    ///
    /// - Parameters:
    ///   - target: The header's value, such as `TrentService.Decrypt`.
    ///   - service: The prefix before the dot, such as `TrentService`.
    /// - Throws: `UnknownOperationException` for an absent or foreign target.
    public static func operation(ofTarget target: String?, service: String) throws(WireError) -> String {
        guard let target, target.hasPrefix(service + "."), target.utf8.count <= 256 else {
            throw unknownOperation
        }
        return String(target.dropFirst(service.utf8.count + 1))
    }

    /// The answer to a target nobody knows.
    public static let unknownOperation = WireError("UnknownOperationException", nil)

    /// The members of a request's body; no body is an empty request.
    ///
    /// - Throws: `SerializationException` when the body is not a JSON object.
    public static func members(of body: [UInt8]) throws(WireError) -> JSONMembers {
        if body.isEmpty { return JSONMembers(JSONObject()) }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: body)
        } catch {
            throw .serialization("\(error)")
        }
        guard let object = value.object else {
            throw .serialization("Unexpected token: the body must be a JSON object")
        }
        return JSONMembers(object)
    }

    /// The answer to a call that succeeded.
    ///
    /// - Parameter members: What came out; `nil` for an operation without result, whose body is empty.
    public static func success(_ members: JSONObject?, requestID: String) -> WireResponse {
        let body = members.map { Array(JSONValue.object($0).text().utf8) } ?? []
        return WireResponse(status: 200, headers: headers(requestID), body: body)
    }

    /// The answer to a call that failed.
    public static func failure(_ error: WireError, requestID: String) -> WireResponse {
        var object = JSONObject()
        object["__type"] = .string(error.code)
        if let message = error.message {
            object[codesWithCapitalMessage.contains(error.code) ? "Message" : "message"] = .string(message)
        }
        for detail in error.details { object[detail.name] = .string(detail.value) }
        let body = Array(JSONValue.object(object).text().utf8)
        return WireResponse(status: error.status, headers: headers(requestID), body: body)
    }

    private static func headers(_ requestID: String) -> HeaderList {
        ["content-type": contentType, requestIDHeader: requestID]
    }

    // MARK: - The client's side

    /// A call of `operation`, not yet signed.
    ///
    /// - Parameters:
    ///   - service: The target's prefix, such as `TrentService`.
    ///   - host: Host name, and the port where it is not the scheme's own.
    public static func request(
        service: String, operation: String, members: JSONObject, host: String
    ) -> WireRequest {
        WireRequest(
            method: "POST",
            headers: [
                "host": host, "content-type": contentType, "x-amz-target": "\(service).\(operation)",
            ], body: Array(JSONValue.object(members).text().utf8))
    }

    /// The error an answer carries, whatever its status.
    ///
    /// The code may stand in the body or in `x-amzn-ErrorType`, with a name space before `#` or a URL behind
    /// `:`; the message under either spelling. An answer that has none of it (a proxy's page) becomes
    /// `UnknownError` with the status.
    public static func error(in response: WireResponse) -> WireError {
        let object = (try? JSONValue(parsing: response.body))?.object
        let named =
            object?["__type"]?.string ?? response.headers["x-amzn-errortype"] ?? object?["code"]?.string
        let code = named.map(bareCode) ?? "UnknownError"
        let message = object?["message"]?.string ?? object?["Message"]?.string
        return WireError(code, message, status: response.status)
    }

    private static func bareCode(_ name: String) -> String {
        let behind = name.split(separator: "#").last ?? ""
        return String(behind.split(separator: ":").first ?? "")
    }
}
