using System.Text;

namespace Hawser.Proof;

/// <summary>A web server that a hub lets requests be reflected by.</summary>
/// <param name="At">Where it listens.</param>
/// <param name="Host">The name that it is asked by.</param>
/// <param name="Operator">Who runs it: two of one operator are one.</param>
internal sealed record Reflector(HostPort At, string Host, string Operator)
{
    public const int MaxHost = 64; // reflection.md §6

    public static bool IsHost(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxHost) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or ':')) return false;
        return true;
    }
}

/// <summary>The state of a TCP connection between a client and a reflector, as the client leaks it.</summary>
/// <param name="Server">The reflector.</param>
/// <param name="Client">The client, as the reflector sees it.</param>
/// <param name="Sequence">The next byte that the client would send.</param>
/// <param name="Acknowledged">The next byte that the client expects.</param>
internal readonly record struct LeakedConnection(HostPort Server, HostPort Client, uint Sequence, uint Acknowledged);

/// <summary>The request that a hub puts into a client's connection. Spec: reflection.md §4.2.</summary>
internal static class ReflectionRequest
{
    public const int MaxSize = 40 + 20 + 64 + ReflectionToken.Length + Reflector.MaxHost;

    /// <summary>What is asked; its length depends on the host's name alone.</summary>
    public static string TextOf(string host, string token) => $"GET /sp3.{token}/ HTTP/1.0\r\nHost: {host}\r\n\r\n";

    public static int LengthOf(string host) => TextOf(host, new('A', ReflectionToken.Length)).Length;

    /// <summary>The packet that goes to the reflector, and says it comes from the client.</summary>
    public static byte[] Packet(in LeakedConnection connection, string host, string token)
    {
        var text = Encoding.ASCII.GetBytes(TextOf(host, token));
        var packet = new byte[TcpSegment.Overhead(connection.Client.IsIPv4) + text.Length];
        new TcpSegment(connection.Client, connection.Server, connection.Sequence, connection.Acknowledged, TcpFlags.Acknowledge).Write(text, packet);
        return packet;
    }
}
