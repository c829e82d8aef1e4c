using System.Runtime.CompilerServices;
using Hawser.Net.Peers;

namespace Hawser.Net.Datagrams;

public sealed partial class Connection
{
    /// <summary>Opens a stream; the peer hears of it with the first bytes. Streams do not hold each other up.</summary>
    /// <exception cref="IOException">The connection is over.</exception>
    public ValueTask<ConnectionStream> OpenStreamAsync(CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        if (_failure is { } failure) throw new IOException(failure.Message, failure);
        var holder = new StrongBox<ConnectionStream>();
        _access.Feed((this, holder), static (endpoint, now, call) =>
        {
            var (connection, holder) = call;
            holder.Value = new(new(connection, endpoint.OpenStream(now, connection.Id)));
            connection._streams[holder.Value.Inner.Id] = holder.Value; // before the lock is left: its events may follow at once
        });
        if (_failure is { } late) holder.Value!.Inner.Fail(late);
        return ValueTask.FromResult(holder.Value!);
    }

    /// <summary>The next stream that the peer opened.</summary>
    /// <exception cref="IOException">The connection is over.</exception>
    public async ValueTask<ConnectionStream> AcceptStreamAsync(CancellationToken cancel = default)
    {
        while (await _incoming.Reader.WaitToReadAsync(cancel))
        {
            if (_incoming.Reader.TryRead(out var stream)) return stream;
        }

        throw new IOException(_failure!.Message, _failure);
    }

    void IStreamOwner.Forget(EndpointStream stream) => _streams.TryRemove(stream.Id, out _);
}
