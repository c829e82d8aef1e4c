using System.Globalization;
using System.Text.Json.Nodes;
using Hawser.Net.Datagrams;
using Hawser.Net.Sockets;
using Hawser.Transport;
using Connection = Hawser.Net.Datagrams.Connection;

namespace Hawser.Lab;

/// <summary>
/// Writes down what two endpoints really send each other over UDP, with the secrets that it takes to read it:
/// <c>lab capture FILE</c>. For docs/spec/check/transport.py.
/// </summary>
internal static class CaptureExperiment
{
    private static readonly HostPort Loopback = HostPort.Read([127, 0, 0, 1], 0);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(string file)
    {
        var connections = new JsonArray();
        foreach (var settings in (string[])["", "sig=12", "aead=chacha", "window=64;cid=3", "profile=narrow", "profile=narrow;cid=0;sig=12", "profile=narrow;cid=5"]) connections.Add(await TalkAsync(settings));
        await File.WriteAllTextAsync(file, new JsonObject { ["connections"] = connections }.ToJsonString());
        return 0;
    }

    private static async Task<JsonObject> TalkAsync(string settings)
    {
        var packets = new List<(string Side, byte[] Packet)>();
        var transitions = new List<(ConnectionState From, ConnectionState To)>();
        await using var host = await DatagramEndpoint.ListenAsync(new()
        {
            Socket = new Recorder(new UdpSocket(Loopback), "host", packets, loss: 0.05), ProtocolSettings = settings,
            Decide = static _ => ConnectionDecision.Accept("welcome"u8.ToArray()),
        });
        await using var client = await DatagramEndpoint.ListenAsync(new()
        {
            Socket = new Recorder(new UdpSocket(Loopback), "initiator", packets, loss: 0.05), ProtocolSettings = settings,
        });
        foreach (var endpoint in (DatagramEndpoint[])[host, client])
            endpoint.Access.Feed(transitions, static (machine, _, all) => ((Endpoint)machine).Watch = (_, from, to) => { lock (all) all.Add((from, to)); });

        var connection = await client.ConnectAsync(host.Local.ToEndPoint(), host.Key).WaitAsync(Patience);
        var accepted = await host.AcceptAsync().AsTask().WaitAsync(Patience);
        var origin = new System.Runtime.CompilerServices.StrongBox<Established?>();
        client.Access.Feed((connection.Id, origin), static (machine, _, call) => call.origin.Value = ((Endpoint)machine).OriginOf(call.Id));
        await ExchangeAsync(connection, accepted);
        await Task.Delay(1_100); // spares are given after a second
        client.Access.Feed(0, static (machine, now, _) => ((Endpoint)machine).Move(now));
        await connection.SendAsync("after the move"u8.ToArray());
        await Task.Delay(50);
        await connection.DisposeAsync();
        await accepted.Closed.WaitAsync(Patience);
        await Task.Delay(400); // the last words

        var made = origin.Value!;
        lock (packets)
        lock (transitions)
        {
            return new()
            {
                ["aead"] = made.Settings.First is Crypto.Aead.Aes256Gcm ? "aes-256-gcm" : "chacha20-poly1305",
                ["profile"] = made.Settings.Wide ? "wide" : "narrow",
                ["tag"] = made.Settings.TagSize,
                ["secrets"] = new JsonObject { ["initiator"] = Hex(made.Secrets.Send), ["host"] = Hex(made.Secrets.Receive) },
                ["cids"] = new JsonObject { ["initiator"] = Hex(made.PeerCid), ["host"] = Hex(made.LocalCid) },
                ["nonces"] = new JsonArray(made.NonceI.ToString("x16", CultureInfo.InvariantCulture), made.NonceH.ToString("x16", CultureInfo.InvariantCulture)),
                ["packets"] = new JsonArray([.. packets.Where(p => p.Packet[0] is 5 or >= 0x80).Select(p => new JsonArray(p.Side, Convert.ToHexStringLower(p.Packet)))]),
                ["handshake"] = new JsonArray([.. packets.Where(p => p.Packet[0] < 5).Select(p => (JsonNode)Convert.ToHexStringLower(p.Packet))]),
                ["transitions"] = new JsonArray([.. transitions.Where(t => t.From != t.To).Select(t => new JsonArray(Word(t.From), Word(t.To)))]),
            };
        }
    }

    private static async Task ExchangeAsync(Connection connection, Connection accepted)
    {
        for (var i = 0; i < 100; i++) await connection.SendAsync(new byte[i * 10]);
        for (var i = 0; i < 20; i++) await accepted.SendAsync(new byte[i]);
        await using (var stream = await connection.OpenStreamAsync())
        {
            await stream.WriteAsync(new byte[3 << 20]);
            await stream.CompleteWritesAsync();
            await using var other = await accepted.AcceptStreamAsync().AsTask().WaitAsync(Patience);
            await other.CompleteWritesAsync();
            await other.CopyToAsync(Stream.Null).WaitAsync(Patience);
            await stream.CopyToAsync(Stream.Null).WaitAsync(Patience);
        }

        var given = await accepted.OpenStreamAsync();
        await given.WriteAsync("never mind"u8.ToArray());
        given.Reset();
    }

    private static string Hex(in Wire.Bytes32 bytes) => Convert.ToHexStringLower(bytes);

    private static string Hex(in Cid cid)
    {
        var bytes = new byte[cid.Length];
        cid.CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private static string Word(ConnectionState state) => state switch
    {
        ConnectionState.HalfOpen => "half open",
        ConnectionState.Open => "open",
        ConnectionState.Closing => "closing",
        ConnectionState.Gone => "gone",
    };

    private sealed class Recorder(IDatagramSocket inner, string side, List<(string Side, byte[] Packet)> packets, double loss) : IDatagramSocket
    {
        private readonly Random _random = new(side.Length);

        public HostPort Local => inner.Local;

        public int Receive(Span<byte> buffer, out HostPort from, out int segment) => inner.Receive(buffer, out from, out segment);

        public void Send(ReadOnlySpan<byte> batch, int segment, in HostPort to)
        {
            foreach (var range in new Segments(batch.Length, segment))
            {
                lock (packets) packets.Add((side, batch[range].ToArray()));
                if (batch[range][0] < 0x80 || _random.NextDouble() >= loss) inner.Send(batch[range], batch[range].Length, to);
            }
        }

        public void Dispose() => inner.Dispose();
    }
}
