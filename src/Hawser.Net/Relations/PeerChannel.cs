using Hawser.Crypto;

namespace Hawser.Net.Relations;

/// <summary>The control stream of a connection as a channel.</summary>
internal sealed class PeerChannel(Peer peer) : ISiteChannel
{
    public DhPublicKey Site => peer.ChannelKey;

    public ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancel) => peer.Control.WriteAsync(frames, cancel);

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel) => peer.Control.ReadAsync(buffer, cancel);

    public void Close() => peer.HangUp();
}
