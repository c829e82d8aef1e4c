using System.Text;
using Hawser.Proof;

namespace Hawser.Tests.Proof;

/// <summary>A web server with a TCP of its own: takes segments in any order, and says back what it is asked.</summary>
/// <param name="at">Where it is.</param>
internal sealed class SimWebServer(HostPort at)
{
    private readonly Dictionary<HostPort, Connection> _connections = [];

    public List<string> Requests { get; } = [];

    /// <summary>Whether it answers at all, tells where requests come from, says back what it is asked.</summary>
    public bool IsUp { get; set; } = true;

    public bool TellsWhere { get; set; } = true;

    public bool Reflects { get; set; } = true;

    public List<byte[]> Receive(byte[] packet)
    {
        List<byte[]> sent = [];
        if (!IsUp || !TcpSegment.TryRead(packet, out var segment, out var body) || segment.Destination != at) return sent;
        if (segment.Flags is TcpFlags.Synchronize)
        {
            var open = _connections[segment.Source] = new(unchecked(segment.Sequence + 1));
            Send(open, TcpFlags.Synchronize | TcpFlags.Acknowledge, []);
            open.Next = unchecked(open.Next + 1);
            return sent;
        }

        if (!_connections.TryGetValue(segment.Source, out var connection) || segment.Acknowledged != connection.Next) return sent;
        if (segment.Flags.HasFlag(TcpFlags.Reset)) _connections.Remove(segment.Source);
        if (body.IsEmpty) return sent;
        for (var i = 0; i < body.Length; i++) connection.Arrived[unchecked(segment.Sequence + (uint)i)] = body[i];
        while (connection.Arrived.Remove(connection.Expected, out var next))
        {
            connection.Text.Append((char)next);
            connection.Expected = unchecked(connection.Expected + 1);
        }

        var text = connection.Text.ToString();
        if (!text.EndsWith("\r\n\r\n", StringComparison.Ordinal)) return sent;
        connection.Text.Clear();
        Requests.Add(text);
        var answer = Answer(segment.Source, text.Split(' ')[1]);
        Send(connection, TcpFlags.Acknowledge | TcpFlags.Push, answer);
        connection.Next = unchecked(connection.Next + (uint)answer.Length);
        if (text.Contains("HTTP/1.0", StringComparison.Ordinal)) Send(connection, TcpFlags.Acknowledge | TcpFlags.Finish, []);
        return sent;

        void Send(Connection from, TcpFlags flags, byte[] bytes)
        {
            var made = new byte[TcpSegment.Overhead(at.IsIPv4) + bytes.Length];
            new TcpSegment(at, segment.Source, from.Next, from.Expected, flags).Write(bytes, made);
            sent.Add(made);
        }
    }

    private byte[] Answer(HostPort client, string target) => Encoding.ASCII.GetBytes(target switch
    {
        ReflectionClient.WherePath when TellsWhere => $"HTTP/1.1 200 OK\r\n\r\nseen {NotaryStatement.IpOf(client)} {client.Port}\n",
        _ when Reflects => $"HTTP/1.1 404 Not Found\r\n\r\nthere is no {target} here",
        _ => "HTTP/1.1 404 Not Found\r\n\r\n",
    });

    private sealed class Connection(uint expected)
    {
        public uint Expected { get; set; } = expected;

        public uint Next { get; set; } = 4_294_967_290; // wraps soon

        public Dictionary<uint, byte> Arrived { get; } = [];

        public StringBuilder Text { get; } = new();
    }
}
