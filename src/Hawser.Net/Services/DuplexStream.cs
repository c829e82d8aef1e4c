namespace Hawser.Net.Services;

/// <summary>Two one-way streams as one, such as a process's standard input and output.</summary>
internal sealed class DuplexStream(Stream input, Stream output) : PeerStream
{
    private bool _completed;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        input.ReadAsync(buffer, cancellationToken);

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await output.WriteAsync(buffer, cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    public override async ValueTask CompleteWritesAsync(CancellationToken cancel = default)
    {
        if (_completed) return;
        _completed = true;
        await output.DisposeAsync();
    }

    public override void Reset()
    {
        _completed = true;
        output.Dispose();
        input.Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Reset();
        base.Dispose(disposing);
    }
}
