using System.Text.Json;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Tests.Sim;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Transport;

/// <summary>Whole handshakes to the byte, and packets that no peer takes.</summary>
public class ConnectVectorTests
{
    private sealed record Whole(
        string Name, string Letter, string HostSecret, string CallerSecret, string HostEntropy, string CallerEntropy,
        string Genesis, string DialledId, string NameInN, string ConnectData, string AcceptData, string[] Packets,
        string SecretFromInitiator, string SecretFromHost, string Exporter, string HandshakeHash);

    private sealed record Single(string Name, string Hex, bool Reject);

    private sealed record File(Whole[] Handshakes, Single[] Packets);

    private static readonly File Vectors = JsonSerializer.Deserialize<File>(
        System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "connect.json")),
        JsonSerializerOptions.Web)!;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true };

    public static TheoryData<string> Handshakes() => [.. Vectors.Handshakes.Select(v => v.Name)];

    public static TheoryData<string> Packets() => [.. Vectors.Packets.Select(v => v.Name)];

    [Theory, MemberData(nameof(Handshakes))]
    public void A_handshake_is_as_written(string name)
    {
        var vector = Vectors.Handshakes.Single(v => v.Name == name);
        var made = Make(
            vector.Name, Enum.Parse<HandshakeLetter>(vector.Letter),
            new FixedEntropy(Convert.FromHexString(vector.HostEntropy)),
            new FixedEntropy(Convert.FromHexString(vector.CallerEntropy)));
        var expected = JsonSerializer.Serialize(
            vector with { HostEntropy = "", CallerEntropy = "" }, JsonSerializerOptions.Web);
        Assert.Equal(expected, JsonSerializer.Serialize(made, JsonSerializerOptions.Web));
    }

    [Theory, MemberData(nameof(Packets))]
    public void A_packet_is_read_or_refused_as_written(string name)
    {
        var vector = Vectors.Packets.Single(v => v.Name == name);
        var bytes = Convert.FromHexString(vector.Hex);
        var read = bytes is [var code, ..] && code switch
        {
            0 => ChallengeRequest.TryRead(bytes, out _),
            1 => ChallengeResponse.TryRead(bytes, out _),
            2 => ConnectReject.TryRead(bytes, out _),
            3 => ConnectCall.TryRead(bytes, out _),
            4 => ConnectAccept.TryRead(bytes, out _),
            _ => false,
        };
        Assert.Equal(!vector.Reject, read);
    }

    private static Whole Make(string name, HandshakeLetter letter, IEntropy hostEntropy, IEntropy callerEntropy)
    {
        var now = new Moment(new(0), DateTimeOffset.UnixEpoch);
        var genesis = Sha256.Hash("genesis"u8);
        var (hostKey, callerKey) = (new DhKeyPair(Sha256.Hash("host"u8)), new DhKeyPair(Sha256.Hash("caller"u8)));
        PlainId dialled = letter is HandshakeLetter.N ? ConnectSides.HostId : default;
        var data = letter is HandshakeLetter.I ? "ticket"u8.ToArray() : [];
        var host = new AnsweringSide(new(now, hostEntropy, new() { Key = hostKey, Genesis = genesis })
        {
            Ids = [ConnectSides.HostId],
        });
        host.Known[new(ConnectSides.CallerId)] = callerKey.Public;
        var caller = new CallingSide(new(now, callerEntropy, new() { Key = callerKey, Genesis = genesis }, new()
        {
            Route = Route.Udp(ConnectSides.HostAddress),
            HostKey = hostKey.Public,
            Letter = letter,
            Name = new(ConnectSides.CallerId),
            DialledId = dialled,
            ConnectData = data,
        }));
        var packets = new List<string>();
        var buffer = new byte[2_000];
        while (caller.TryTransmit(now, buffer, out var transmit))
        {
            packets.Add(Convert.ToHexStringLower(buffer.AsSpan(0, transmit.Length)));
            host.Receive(now, Route.Udp(ConnectSides.CallerAddress), buffer.AsSpan(0, transmit.Length));
            if (!host.TryTransmit(now, buffer, out transmit)) break;
            packets.Add(Convert.ToHexStringLower(buffer.AsSpan(0, transmit.Length)));
            caller.Receive(now, Route.Udp(ConnectSides.HostAddress), buffer.AsSpan(0, transmit.Length));
        }

        var secrets = caller.Value!.Secrets;
        return new(
            name, letter.ToString(), Hex(hostKey.Secret), Hex(callerKey.Secret), "", "", Hex(genesis),
            dialled.ToString(), letter is HandshakeLetter.N ? ConnectSides.CallerId.ToString() : "",
            Convert.ToHexStringLower(data), "010203", [.. packets], Hex(secrets.Send), Hex(secrets.Receive),
            Hex(secrets.Exporter), Convert.ToHexStringLower(secrets.HandshakeHash));
    }

    private static string Hex(in Bytes32 bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Set HAWSER_WRITE_VECTORS to a path to have the file made anew after a change of the page.</summary>
    [Fact]
    public void Vectors_can_be_made_anew()
    {
        if (Environment.GetEnvironmentVariable("HAWSER_WRITE_VECTORS") is not { } path) return;
        var handshakes = Enum.GetValues<HandshakeLetter>().Select((letter, i) =>
        {
            RecordedEntropy host = new(new SimRandom((ulong)i)), caller = new(new SimRandom((ulong)i + 100));
            return Make($"letter {letter}", letter, host, caller) with
            {
                HostEntropy = host.Hex,
                CallerEntropy = caller.Hex,
            };
        }).ToArray();
        System.IO.File.WriteAllText(path, JsonSerializer.Serialize(new File(handshakes, Singles(handshakes)), Indented) + "\n");
    }

    private static Single[] Singles(Whole[] handshakes)
    {
        var singles = new List<Single>();
        void Add(string name, byte[] bytes, bool reject = true) =>
            singles.Add(new(name, Convert.ToHexStringLower(bytes), reject));
        byte[] Changed(byte[] bytes, int at, byte value)
        {
            var copy = bytes.ToArray();
            copy[at] = value;
            return copy;
        }

        Add("empty", []);
        Add("unknown type", [6, .. new byte[700]]);
        foreach (var packet in handshakes[1].Packets.Select(Convert.FromHexString))
        {
            Add($"{packet[0]}", packet, reject: false);
            Add($"{packet[0]} cut in its head", packet[..16]);
        }

        byte[] zero = Convert.FromHexString(handshakes[1].Packets[0]), one = Convert.FromHexString(handshakes[1].Packets[1]);
        byte[] three = Convert.FromHexString(handshakes[1].Packets[2]);
        Add("0 longest", [.. zero, .. new byte[560]], reject: false);
        Add("0 too long", [.. zero, .. new byte[561]]);
        Add("0 too short", zero[..^1]);
        Add("0 other version", Changed(zero, 1, 2));
        Add("0 unknown flag", Changed(zero, 18, 2));
        Add("0 padding not zero", Changed(zero, 639, 1));
        Add("1 truncated", one[..^1]);
        Add("1 trailing byte", [.. one, 0]);
        Add("1 key of 31 bytes", [.. one[..33], 31, .. new byte[31], 0, 0]);
        Add("2 again", new ConnectReject(1, 2, 0, []).ToArray(), reject: false);
        Add("2 refused", new ConnectReject(1, 2, 16, new byte[48]).ToArray(), reject: false);
        Add("2 unknown reason", Changed(new ConnectReject(1, 2, 0, []).ToArray(), 20, 5));
        Add("2 refused without seal", Changed(new ConnectReject(1, 2, 0, []).ToArray(), 20, 16));
        Add("3 other version", Changed(three, 1, 2));
        Add("3 unknown letter", Changed(three, 38, (byte)'K'));
        Add("3 identifier of 9 bytes", Changed(three, 49, 9));
        Add("3 unknown cipher", Changed(three, 59, 3));
        Add("3 short tag without AES", Changed(Changed(Changed(three, 59, 2), 60, 0), 63, 12));
        Add("3 message beyond the end", Changed(three, 64, 255));
        Add("3 padding not zero", Changed(three, 639, 1));
        Add("3 padded beyond need", [.. three, 0]);
        Add("4 without payload", [4, .. new byte[16 + 48]]);
        Add("4 too long", [4, .. new byte[16 + 48 + 9 + 6 + 2 + 512]]);
        return [.. singles];
    }
}
