using System.Text.Json.Nodes;
using Hawser.Crypto;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Crypto;

/// <summary>Wycheproof's cases for the four algorithms that packets, handshakes and signatures stand on.</summary>
public class WycheproofTests
{
    [PublicVectorFact("wycheproof-x25519.json")]
    public void X25519() => CheckAll("wycheproof-x25519.json", (_, test) =>
    {
        var agreed = new DhKeyPair(Key(test, "private")).TryAgree(new(Key(test, "public")), out var shared);
        var expected = Key(test, "shared");
        return expected.IsZero ? !agreed : agreed && shared == expected; // small order gives zeros: no secret
    }, isByResult: false);

    [PublicVectorFact("wycheproof-ed25519.json")]
    public void Ed25519_by_the_rule_of_libsodium() => CheckAll("wycheproof-ed25519.json", (group, test) =>
        Ed25519.Verify(new(Key(group["publicKey"]!, "pk")), Bytes(test, "msg"), Bytes(test, "sig")));

    [PublicVectorFact("wycheproof-chacha20_poly1305.json")]
    public void ChaCha20_Poly1305_of_handshakes() => CheckAll("wycheproof-chacha20_poly1305.json", (_, test) =>
    {
        byte[] box = [.. Bytes(test, "ct"), .. Bytes(test, "tag")];
        var plain = new byte[box.Length - ChaChaPoly.TagSize];
        if (!ChaChaPoly.TryOpen(Key(test, "key"), Bytes(test, "iv"), Bytes(test, "aad"), box, plain)) return false;
        var again = new byte[box.Length];
        ChaChaPoly.Seal(Key(test, "key"), Bytes(test, "iv"), Bytes(test, "aad"), plain, again);
        return plain.AsSpan().SequenceEqual(Bytes(test, "msg")) && again.AsSpan().SequenceEqual(box);
    });

    [PublicVectorFact("wycheproof-chacha20_poly1305.json")]
    public void ChaCha20_Poly1305_of_packets() =>
        CheckAll("wycheproof-chacha20_poly1305.json", (_, test) => OpensPacket(Aead.ChaCha20Poly1305, test));

    [PublicVectorFact("wycheproof-aes_gcm.json")]
    public void Aes_256_gcm_of_packets() =>
        CheckAll("wycheproof-aes_gcm.json", (_, test) => OpensPacket(Aead.Aes256Gcm, test));

    private static bool OpensPacket(Aead aead, JsonNode test)
    {
        var verdicts = Enum.GetValues<CipherEngine>().Where(engine => CipherEngines.Serves(engine, aead))
            .Select(engine => OpensPacket(aead, engine, test)).Distinct().ToArray();
        return Assert.Single(verdicts);
    }

    private static bool OpensPacket(Aead aead, CipherEngine engine, JsonNode test)
    {
        using var open = PacketCipher.Create(aead, Key(test, "key"), seal: false, engine);
        using var seal = PacketCipher.Create(aead, Key(test, "key"), seal: true, engine);
        byte[] bytes = Bytes(test, "ct"), tag = Bytes(test, "tag"), iv = Bytes(test, "iv"), ad = Bytes(test, "aad");
        if (!open.TryOpen(iv, ad, bytes, tag) || !bytes.AsSpan().SequenceEqual(Bytes(test, "msg"))) return false;
        seal.Seal(iv, ad, bytes, tag);
        return bytes.AsSpan().SequenceEqual(Bytes(test, "ct")) && tag.AsSpan().SequenceEqual(Bytes(test, "tag"));
    }

    private static void CheckAll(string file, Func<JsonNode, JsonNode, bool> holds, bool isByResult = true)
    {
        var (wrong, count) = (new List<int>(), 0);
        foreach (var group in PublicVectors.Read(file)["testGroups"]!.AsArray())
        {
            if (!IsOurs(group!)) continue;
            foreach (var test in group!["tests"]!.AsArray())
            {
                count++;
                var expected = !isByResult || (string)test!["result"]! == "valid";
                if (holds(group, test!) != expected) wrong.Add((int)test!["tcId"]!);
            }
        }

        Assert.True(count > 50);
        Assert.Empty(wrong);
    }

    // Of the AEADs only the sizes that packets have.
    private static bool IsOurs(JsonNode group) => group["ivSize"] is not { } iv
        || ((int)iv == 96 && (int)group["keySize"]! == 256 && (int)group["tagSize"]! == 128);

    private static byte[] Bytes(JsonNode test, string name) => Convert.FromHexString((string)test[name]!);

    private static Bytes32 Key(JsonNode test, string name) => Bytes32.Read(Bytes(test, name));
}
