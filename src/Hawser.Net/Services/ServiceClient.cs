using System.Security.Cryptography;
using Hawser.Service;

namespace Hawser.Net.Services;

/// <summary>The side that opens a service. Spec: service.md.</summary>
internal static class ServiceClient
{
    /// <summary>Asks for a service on a fresh stream; returns when what follows is the service's.</summary>
    public static async ValueTask OpenAsync(
        PeerStream stream, string service, ReadOnlyMemory<byte> arguments, CancellationToken cancel)
    {
        if (!ServiceName.TryParse(service, out var name))
            throw new HawserException(Reason.NoSuchService, $"“{service}” cannot be the name of a service");
        var request = new OpenRequest(name, arguments.ToArray());
        var bytes = new byte[request.Size];
        request.Write(bytes);
        await stream.WriteAsync(bytes, cancel);
        if (await stream.ReadAtLeastAsync(bytes.AsMemory(0, 1), 1, throwOnEndOfStream: false, cancel) == 0)
            throw new IOException("The peer ended the stream without an answer.");
        switch ((OpenStatus)bytes[0])
        {
            case OpenStatus.Ok:
                return;
            case OpenStatus.NoSuchService:
                throw new HawserException(Reason.NoSuchService, $"the peer offers us no service “{service}”");
            case OpenStatus.TargetUnreachable:
                throw new HawserException(
                    Reason.Unreachable, $"the peer cannot reach what stands behind “{service}”");
            default:
                throw new IOException("The peer's answer makes no sense.");
        }
    }

    /// <summary>One probe on an open ping stream.</summary>
    public static async Task<TimeSpan> PingAsync(PeerStream stream, TimeProvider clock, CancellationToken cancel)
    {
        var bytes = new byte[2 * PingProbe.Size];
        Memory<byte> sent = bytes.AsMemory(0, PingProbe.Size), got = bytes.AsMemory(PingProbe.Size);
        new PingProbe(1, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))).Write(sent.Span);
        var start = clock.GetTimestamp();
        await stream.WriteAsync(sent, cancel);
        await stream.ReadExactlyAsync(got, cancel);
        var rtt = clock.GetElapsedTime(start);
        return sent.Span.SequenceEqual(got.Span)
            ? rtt
            : throw new IOException("The peer answered another probe.");
    }
}
