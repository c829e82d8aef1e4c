using Hawser.Crypto;
using Hawser.Session;
using Hawser.Transport;

namespace Hawser.Net.Relations;

/// <summary>The control stream of a connection as a channel.</summary>
internal sealed class PeerChannel(Peer peer) : ISiteChannel
{
    public DhPublicKey Site => peer.ChannelKey;

    public ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancel) => peer.Control.WriteAsync(frames, cancel);

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel) => peer.Control.ReadAsync(buffer, cancel);

    public void Close() => peer.HangUp();

    public bool IsBetterThan(ISiteChannel other) =>
        other is PeerChannel { Info: { } theirs } && Info is { } ours && ChannelChoice.IsBetter(ours, theirs);

    private ConnectionInfo? Info => peer.Inspect();
}
