using Hawser.Net.Control;

namespace Hawser.Net.Hosting;

/// <summary>The raw bytes of a control connection, with ends that can be told apart.</summary>
internal sealed class ControlPeerStream(ControlStream control) : PeerStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        control.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        control.WriteAsync(buffer, cancellationToken);

    public override ValueTask CompleteWritesAsync(CancellationToken cancel = default)
    {
        control.FinishWriting();
        return ValueTask.CompletedTask;
    }

    public override void Reset() => control.Dispose();

    protected override void Dispose(bool disposing)
    {
        if (disposing) control.Dispose();
        base.Dispose(disposing);
    }
}
