import AWSVocabulary
import Cryptography
import EnvelopeTesting
import Foundation
import Testing
import Trail

@testable import KeyManagement

@Suite("A multi-Region key")
struct MultiRegionTests {
    let world: World
    let key: KeyMetadata

    init() throws {
        world = try World()
        key = try world.makeKey(CreateKeyRequest(multiRegion: true))
    }

    private func at(_ region: String) throws -> Call {
        var call = world.root
        call.region = try Region(region)
        return call
    }

    private func replicate(to region: String = "eu-west-1") throws -> ReplicateKeyResponse {
        try world.keys.replicateKey(
            ReplicateKeyRequest(keyID: key.keyID, replicaRegion: region), by: world.root)
    }

    @Test("has one ID everywhere, and opens in one Region what was sealed in another")
    func replica() throws {
        #expect(key.keyID.hasPrefix("mrk-") && key.keyID.count == 36)
        #expect(key.multiRegion?.isPrimary == true && key.multiRegion?.replicas == [])
        let blob = try world.keys.ciphertext("x", under: key.keyID, ["a": "b"], by: world.root)
        let made = try replicate()
        #expect(made.replicaKeyMetadata.keyID == key.keyID)
        #expect(made.replicaKeyMetadata.arn == "arn:aws:kms:eu-west-1:111122223333:key/\(key.keyID)")
        #expect(made.replicaKeyMetadata.multiRegion?.isPrimary == false)
        #expect(made.replicaKeyMetadata.multiRegion?.primary.arn == key.arn)
        #expect(made.replicaPolicy == KeyPolicies.standard(for: .default))
        let europe = try at("eu-west-1")
        #expect(try world.keys.plaintext(blob, ["a": "b"], by: europe) == Array("x".utf8))
        let back = try world.keys.ciphertext("y", under: key.keyID, by: europe)
        #expect(try world.keys.plaintext(back, by: world.root) == Array("y".utf8))
        #expect(
            code { _ = try world.keys.plaintext(back, by: try at("ap-south-1")) }
                == "InvalidCiphertextException")
        #expect(try world.describe(key.keyID).multiRegion?.replicas.map(\.region) == ["eu-west-1"])
    }

    @Test("is replicated from its primary, once into each Region")
    func refusals() throws {
        _ = try replicate()
        #expect(code { _ = try replicate() } == "AlreadyExistsException")
        #expect(code { _ = try replicate(to: "us-east-1") } == "ValidationException")
        #expect(code { _ = try replicate(to: "no region!") } == "ValidationException")
        let europe = try at("eu-west-1")
        #expect(
            failure {
                _ = try world.keys.replicateKey(
                    ReplicateKeyRequest(keyID: key.keyID, replicaRegion: "ap-south-1"), by: europe)
            }
                == .unsupportedOperation(
                    "arn:aws:kms:eu-west-1:111122223333:key/\(key.keyID) is not a multi-region primary key."))
        let single = try world.makeKey()
        #expect(
            code {
                _ = try world.keys.replicateKey(
                    ReplicateKeyRequest(keyID: single.keyID, replicaRegion: "eu-west-1"), by: world.root)
            } == "UnsupportedOperationException")
    }

    @Test("has policy, state, tags and aliases of its own in each Region")
    func independence() throws {
        _ = try replicate()
        let europe = try at("eu-west-1")
        try world.keys.disableKey(KeyIDRequest(keyID: key.keyID), by: world.root)
        #expect(
            code { _ = try world.keys.ciphertext("x", under: key.keyID, by: world.root) }
                == "DisabledException")
        #expect(code { _ = try world.keys.ciphertext("x", under: key.keyID, by: europe) } == nil)
        try world.keys.createAlias(AliasRequest(aliasName: "alias/m", targetKeyID: key.keyID), by: europe)
        #expect(code { _ = try world.describe("alias/m") } == "NotFoundException")
        #expect(try world.keys.listKeys(PageRequest(), by: europe).items.count == 1)
    }

    @Test("rotates everywhere with its primary, by a new material that all share")
    func rotation() throws {
        _ = try replicate()
        let europe = try at("eu-west-1")
        #expect(
            code { _ = try world.keys.rotateKeyOnDemand(KeyIDRequest(keyID: key.keyID), by: europe) }
                == "UnsupportedOperationException")
        _ = try world.keys.rotateKeyOnDemand(KeyIDRequest(keyID: key.keyID), by: world.root)
        let blob = try world.keys.ciphertext("new", under: key.keyID, by: world.root)
        #expect(try world.keys.plaintext(blob, by: europe) == Array("new".utf8))
        let replica = try world.keys.describeKey(DescribeKeyRequest(keyID: key.keyID), by: europe)
        #expect(replica.currentKeyMaterialID == (try world.describe(key.keyID).currentKeyMaterialID))
    }

    @Test("can make a replica its primary")
    func primary() throws {
        _ = try replicate()
        let europe = try at("eu-west-1")
        try world.keys.enableKeyRotation(EnableKeyRotationRequest(keyID: key.keyID), by: world.root)
        #expect(
            code {
                try world.keys.updatePrimaryRegion(
                    UpdatePrimaryRegionRequest(keyID: key.keyID, primaryRegion: "ap-south-1"), by: world.root)
            } == "NotFoundException")
        try world.keys.updatePrimaryRegion(
            UpdatePrimaryRegionRequest(keyID: key.keyID, primaryRegion: "eu-west-1"), by: world.root)
        #expect(try world.describe(key.keyID).multiRegion?.isPrimary == false)
        #expect(
            try world.keys.describeKey(DescribeKeyRequest(keyID: key.keyID), by: europe).multiRegion?
                .isPrimary == true)
        #expect(try world.keys.getKeyRotationStatus(KeyIDRequest(keyID: key.keyID), by: world.root).isEnabled)
        #expect(code { try world.keys.disableKeyRotation(KeyIDRequest(keyID: key.keyID), by: europe) } == nil)
        #expect(code { _ = try replicate(to: "ap-south-1") } == "UnsupportedOperationException")
    }

    @Test("primary waits with its deletion for its replicas")
    func deletion() throws {
        _ = try replicate()
        let europe = try at("eu-west-1")
        let waiting = try world.keys.scheduleKeyDeletion(
            ScheduleKeyDeletionRequest(keyID: key.keyID, pendingWindowInDays: 7), by: world.root)
        #expect(waiting.keyState == .pendingReplicaDeletion && waiting.deletionDate == nil)
        #expect(try world.describe(key.keyID).pendingDeletionWindowInDays == 7)
        _ = try world.keys.scheduleKeyDeletion(
            ScheduleKeyDeletionRequest(keyID: key.keyID, pendingWindowInDays: 10), by: europe)
        world.clock.advance(by: 10 * 86_400)
        #expect(try world.describe(key.keyID).keyState == .pendingDeletion)
        #expect(try world.describe(key.keyID).deletionDate == world.clock.now.addingTimeInterval(7 * 86_400))
        world.clock.advance(by: 7 * 86_400)
        #expect(code { _ = try world.describe(key.keyID) } == "NotFoundException")
    }
}
