using System.Buffers;

namespace Hawser.Net.Services;

/// <summary>Joins two streams: each one's end becomes the other's, each one's failure too.</summary>
internal static class StreamPump
{
    private const int Piece = 64 * 1024;

    /// <summary>Returns when both directions have ended; false if not properly. Both streams are done with then.</summary>
    public static async Task<bool> RunAsync(PeerStream a, PeerStream b, CancellationToken cancel)
    {
        var ends = await Task.WhenAll(CopyAsync(a, b, cancel), CopyAsync(b, a, cancel));
        await a.DisposeAsync();
        await b.DisposeAsync();
        return ends is [true, true];
    }

    // Back-pressure is in the write: no byte is read before the last one was taken.
    private static async Task<bool> CopyAsync(PeerStream from, PeerStream to, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            while (await from.ReadAsync(buffer, cancel) is var count and > 0)
                await to.WriteAsync(buffer.AsMemory(0, count), cancel);
            await to.CompleteWritesAsync(cancel);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            from.Reset();
            to.Reset();
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
