import StrictJSON

extension KeyService {
    /// The operations on custom key stores that this service refuses.
    public static let unsupportedOperations: [Operation] = [
        .connectCustomKeyStore, .createCustomKeyStore, .deleteCustomKeyStore, .disconnectCustomKeyStore,
        .updateCustomKeyStore,
    ]

    /// Refuses an operation on custom key stores: there is neither CloudHSM nor an external key manager here.
    ///
    /// - Throws: `.accessDenied`, or else `.unsupportedOperation`, always.
    ///
    /// Source: KMS API, the operations on custom key stores.
    public func refuseCustomKeyStoreOperation(_ operation: Operation, by call: Call)
        throws(KeyManagementError)
    {
        precondition(Self.unsupportedOperations.contains(operation), "\(operation) is supported")
        try answer(operation, by: call, JSONObject()) { (invocation) throws(KeyManagementError) in
            try invocation.authorize()
            throw .unsupportedOperation("Custom key stores are not supported.")
        }
    }

    /// Lists custom key stores: there are none.
    ///
    /// Source: KMS API, `DescribeCustomKeyStores`.
    public func describeCustomKeyStores(by call: Call) throws(KeyManagementError) {
        try answer(.describeCustomKeyStores, by: call, JSONObject()) {
            (invocation) throws(KeyManagementError) in
            try invocation.authorize()
        }
    }
}
