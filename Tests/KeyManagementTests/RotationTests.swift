import AWSVocabulary
import EnvelopeTesting
import Foundation
import Testing
import Trail

@testable import KeyManagement

@Suite("Rotation")
struct RotationTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey()
    }

    private var id: KeyIDRequest { KeyIDRequest(keyID: key.keyID) }

    private func rotations(all: Bool = false) throws -> [KeyRotationListEntry] {
        try world.keys.listKeyRotations(
            ListKeyRotationsRequest(keyID: key.keyID, includeKeyMaterial: all ? "ALL_KEY_MATERIAL" : nil),
            by: world.root
        ).items
    }

    @Test("on demand changes the material and nothing else, and old ciphertexts still open")
    func onDemand() throws {
        try world.keys.createAlias(AliasRequest(aliasName: "alias/a", targetKeyID: key.keyID), by: world.root)
        var blobs: [[UInt8]] = []
        var materials: Set<String> = []
        for number in 0..<5 {
            blobs.append(try world.keys.ciphertext("m\(number)", under: "alias/a", by: world.root))
            materials.insert(try #require(try world.describe(key.keyID).currentKeyMaterialID))
            #expect(try world.keys.rotateKeyOnDemand(id, by: world.root) == key.arn)
        }
        #expect(materials.count == 5)
        var after = try world.describe(key.keyID)
        after.currentKeyMaterialID = key.currentKeyMaterialID
        #expect(after == key)
        for service in [world.keys, try world.another()] {
            for (number, blob) in blobs.enumerated() {
                #expect(try service.plaintext(blob, by: world.root) == Array("m\(number)".utf8))
            }
        }
        #expect(try rotations().map(\.rotationType) == Array(repeating: "ON_DEMAND", count: 5))
        let all = try rotations(all: true)
        #expect(all.map(\.keyMaterialState) == Array(repeating: "NON_CURRENT", count: 5) + ["CURRENT"])
        #expect(all.first?.rotationDate == nil)
        #expect(all.first?.keyMaterialID == key.currentKeyMaterialID)
    }

    @Test("on demand is possible 25 times")
    func limit() throws {
        for _ in 0..<25 { _ = try world.keys.rotateKeyOnDemand(id, by: world.root) }
        #expect(
            throws: KeyManagementError.limitExceeded(
                "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: \(key.arn)"
            )
        ) {
            try world.keys.rotateKeyOnDemand(id, by: world.root)
        }
    }

    @Test("by the calendar happens when the clock passes the date")
    func automatic() throws {
        try world.keys.enableKeyRotation(
            EnableKeyRotationRequest(keyID: key.keyID, rotationPeriodInDays: 90), by: world.root)
        let blob = try world.keys.ciphertext("old", under: key.keyID, by: world.root)
        let status = try world.keys.getKeyRotationStatus(id, by: world.root)
        #expect(status.isEnabled && status.rotationPeriodInDays == 90)
        #expect(status.nextRotationDate == world.clock.now.addingTimeInterval(90 * 86_400))
        world.clock.advance(by: 90 * 86_400)
        #expect(try world.describe(key.keyID).currentKeyMaterialID != key.currentKeyMaterialID)
        #expect(try rotations().map(\.rotationType) == ["AUTOMATIC"])
        #expect(try world.keys.plaintext(blob, by: world.root) == Array("old".utf8))
        #expect(world.trail.records.filter { $0.eventName == "RotateKey" }.count == 1)
        // Years without a call make one rotation, and the next date lies ahead.
        world.clock.advance(by: 1000 * 86_400)
        let later = try world.keys.getKeyRotationStatus(id, by: world.root)
        #expect(try rotations().count == 2)
        #expect(try #require(later.nextRotationDate) > world.clock.now)
    }

    @Test("by the calendar waits while the key is disabled")
    func whileDisabled() throws {
        try world.keys.enableKeyRotation(EnableKeyRotationRequest(keyID: key.keyID), by: world.root)
        try world.keys.disableKey(id, by: world.root)
        world.clock.advance(by: 400 * 86_400)
        #expect(try rotations().isEmpty)
        try world.keys.enableKey(id, by: world.root)
        #expect(try rotations().count == 1)
    }

    @Test("can be switched off, and its period be changed; rotating on demand leaves the date")
    func settings() throws {
        try world.keys.enableKeyRotation(EnableKeyRotationRequest(keyID: key.keyID), by: world.root)
        let date = try world.keys.getKeyRotationStatus(id, by: world.root).nextRotationDate
        _ = try world.keys.rotateKeyOnDemand(id, by: world.root)
        #expect(try world.keys.getKeyRotationStatus(id, by: world.root).nextRotationDate == date)
        try world.keys.enableKeyRotation(
            EnableKeyRotationRequest(keyID: key.keyID, rotationPeriodInDays: 2560), by: world.root)
        #expect(try world.keys.getKeyRotationStatus(id, by: world.root).rotationPeriodInDays == 2560)
        try world.keys.disableKeyRotation(id, by: world.root)
        #expect(
            try world.keys.getKeyRotationStatus(id, by: world.root)
                == KeyRotationStatus(keyID: key.keyID, isEnabled: false))
        for days in [89, 2561] {
            #expect(
                code {
                    try world.keys.enableKeyRotation(
                        EnableKeyRotationRequest(keyID: key.keyID, rotationPeriodInDays: days), by: world.root
                    )
                } == "ValidationException")
        }
    }

    @Test("is not for keys of other kinds")
    func otherKinds() throws {
        let signing = try world.makeKey(CreateKeyRequest(keyUsage: "SIGN_VERIFY", keySpec: "ECC_NIST_P256"))
        let request = KeyIDRequest(keyID: signing.keyID)
        #expect(
            code {
                try world.keys.enableKeyRotation(
                    EnableKeyRotationRequest(keyID: signing.keyID), by: world.root)
            } == "UnsupportedOperationException")
        #expect(
            code { _ = try world.keys.rotateKeyOnDemand(request, by: world.root) }
                == "UnsupportedOperationException")
        #expect(
            code {
                _ = try world.keys.listKeyRotations(
                    ListKeyRotationsRequest(keyID: signing.keyID), by: world.root)
            } == "UnsupportedOperationException")
    }
}
