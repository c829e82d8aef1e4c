using System.Text.Json;
using Hawser.Crypto;
using Hawser.Noise;
using Hawser.Tests.Sim;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Noise;

public class NoiseTests
{
    private sealed record Vector(
        string Name, string Pattern, string[] Payloads, string[] Messages, string? HandshakeHash, bool Reject);

    private sealed record File(
        string Prologue, string InitiatorStatic, string InitiatorEphemeral, string ResponderStatic,
        string ResponderEphemeral, Vector[] Vectors);

    private static readonly File Typed = JsonSerializer.Deserialize<File>(
        System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "noise.json")),
        JsonSerializerOptions.Web)!;

    private static readonly Dictionary<string, Pattern> Patterns =
        new[] { Pattern.N, Pattern.NK, Pattern.KK, Pattern.IK }.ToDictionary(p => p.Name);

    public static TheoryData<string> Names() => [.. Typed.Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Typed.Vectors.Single(v => v.Name == name);
        var (initiator, responder) = Pair(
            Patterns[vector.Pattern], Bytes(Typed.Prologue), Typed.InitiatorStatic, Typed.ResponderStatic);
        if (vector.Reject)
        {
            Assert.False(responder.TryRead(Bytes(vector.Messages[0]), new byte[256], out _));
            Assert.False(responder.TryRead(Bytes(vector.Messages[0]), new byte[256], out _)); // it stays dead
            return;
        }

        for (var i = 0; i < vector.Messages.Length; i++)
        {
            var (writer, reader) = i % 2 == 0 ? (initiator, responder) : (responder, initiator);
            Exchange(writer, reader, i % 2 == 0 ? Typed.InitiatorEphemeral : Typed.ResponderEphemeral,
                vector.Payloads[i], vector.Messages[i]);
        }

        Assert.Equal(vector.HandshakeHash, Convert.ToHexStringLower(initiator.HandshakeHash));
        Assert.Equal(vector.HandshakeHash, Convert.ToHexStringLower(responder.HandshakeHash));
        Assert.Equal(initiator.Split(), responder.Split());
        Assert.Equal(initiator.Export("x"u8), responder.Export("x"u8));
        Assert.NotEqual(initiator.Export("x"u8), initiator.Export("y"u8));
    }

    [PublicVectorFact("noise-cacophony.json")]
    public void Matches_all_public_vectors_of_our_patterns()
    {
        var done = 0;
        foreach (var vector in PublicVectors.Read("noise-cacophony.json")["vectors"]!.AsArray())
        {
            var pattern = Patterns.Values.SingleOrDefault(p => p.ProtocolName == (string)vector!["protocol_name"]!);
            if (pattern is null) continue;
            done++;
            string? Text(string field) => (string?)vector![field];
            var (initiator, responder) = Pair(
                pattern, Bytes(Text("init_prologue")!), Text("init_static"), Text("resp_static")!);
            var messages = vector!["messages"]!.AsArray();
            for (var i = 0; i < pattern.MessageCount; i++)
            {
                var (writer, reader) = i % 2 == 0 ? (initiator, responder) : (responder, initiator);
                Exchange(writer, reader, Text(i % 2 == 0 ? "init_ephemeral" : "resp_ephemeral")!,
                    (string)messages[i]!["payload"]!, (string)messages[i]!["ciphertext"]!);
            }

            Assert.Equal(Text("handshake_hash"), Convert.ToHexStringLower(initiator.HandshakeHash));
            var (first, second) = responder.Split();
            CipherState[] ciphers = [new(first), new(second)];
            for (var i = pattern.MessageCount; i < messages.Count; i++)
            {
                var cipher = ciphers[pattern.MessageCount == 1 ? 0 : i % 2];
                var plain = Bytes((string)messages[i]!["payload"]!);
                var box = new byte[plain.Length + cipher.Overhead];
                cipher.Encrypt([], plain, box);
                Assert.Equal((string)messages[i]!["ciphertext"]!, Convert.ToHexStringLower(box));
            }
        }

        Assert.Equal(4, done);
    }

    [Fact]
    public void A_cipher_state_rekeys_alike_on_both_sides()
    {
        var key = Sha256.Hash("key"u8);
        CipherState a = new(key), b = new(key);
        var (box, plain) = (new byte[5 + 16], new byte[5]);
        a.Rekey();
        a.Encrypt([], "hello"u8, box);
        Assert.False(b.TryDecrypt([], box, plain));
        b.Rekey();
        Assert.True(b.TryDecrypt([], box, plain));
    }

    [Fact]
    public void Small_order_keys_are_refused()
    {
        var (own, none) = (DhKeyPair.Generate(new SimRandom(1)), default(DhPublicKey));
        var toNobody = HandshakeState.Initiator(Pattern.IK, [], own, none);
        Assert.False(toNobody.TryWrite(new SimRandom(2), [], new byte[200], out _));
        foreach (var pattern in Patterns.Values)
        {
            DhPublicKey? known = pattern.KnowsInitiator ? own.Public : null;
            var responder = HandshakeState.Responder(pattern, [], own, known);
            Assert.False(responder.TryRead(new byte[96], new byte[96], out _)); // its ephemeral is zero
        }
    }

    [Fact]
    public void A_forged_answer_read_on_a_copy_spoils_nothing()
    {
        var (initiator, responder) = Pair(Pattern.IK, [], Typed.InitiatorStatic, Typed.ResponderStatic);
        var (first, second) = (new byte[96], new byte[48]);
        Assert.True(initiator.TryWrite(new SimRandom(1), [], first, out _) && responder.TryRead(first, [], out _));
        Assert.True(responder.TryWrite(new SimRandom(2), [], second, out _));
        var forged = second.ToArray();
        forged[40] ^= 1;
        Assert.False(initiator.Clone().TryRead(forged, [], out _));
        Assert.True(initiator.Clone().TryRead(second, [], out _));
        Assert.True(initiator.TryRead(second, [], out _) && initiator.IsComplete);
    }

    private static void Exchange(
        HandshakeState writer, HandshakeState reader, string ephemeral, string payload, string message)
    {
        var bytes = new byte[512];
        Assert.True(writer.TryWrite(new FixedEntropy(Bytes(ephemeral)), Bytes(payload), bytes, out var written));
        Assert.Equal(message, Convert.ToHexStringLower(bytes.AsSpan(0, written)));
        var read = new byte[512];
        Assert.True(reader.TryRead(bytes.AsSpan(0, written), read, out var length));
        Assert.Equal(payload, Convert.ToHexStringLower(read.AsSpan(0, length)));
    }

    private static (HandshakeState Initiator, HandshakeState Responder) Pair(
        Pattern pattern, byte[] prologue, string? initiatorStatic, string responderStatic)
    {
        var mine = initiatorStatic is null || pattern.Name[0] == 'N' ? null : KeyOf(initiatorStatic);
        var theirs = KeyOf(responderStatic);
        return (HandshakeState.Initiator(pattern, prologue, mine, theirs.Public),
            HandshakeState.Responder(pattern, prologue, theirs, pattern.KnowsInitiator ? mine!.Public : null));
    }

    private static DhKeyPair KeyOf(string hex) => new(Bytes32.Read(Bytes(hex)));

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
