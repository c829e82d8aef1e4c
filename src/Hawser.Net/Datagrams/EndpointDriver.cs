using System.Collections.Concurrent;
using Hawser.Crypto;
using Hawser.Net.Peers;
using Hawser.Net.Pump;
using Hawser.Transport;

namespace Hawser.Net.Datagrams;

/// <summary>Hands an endpoint's events to its connections, and answers what the endpoint asks.</summary>
internal sealed class EndpointDriver(DatagramEndpoint owner, ConnectionHandler? handler) : IPumpObserver<Endpoint>
{
    private readonly ConcurrentDictionary<ConnectionId, Connection> _connections = new();
    private readonly ConcurrentDictionary<ConnectionId, Dial> _dials = new();
    private EventBatch _batch = new();
    private Connection? _last; // most events are of one

    public IEndpointAccess Access { get; set; } = null!;

    public IEnumerable<Connection> Connections => _connections.Values;

    /// <summary>To be called by the command that connects.</summary>
    public void Expect(ConnectionId id, Dial dial)
    {
        dial.Id = id;
        _dials[id] = dial;
    }

    public bool Collect(Endpoint machine) => machine.TrySwapEvents(ref _batch);

    public void Deliver()
    {
        var batch = _batch; // nobody swaps it before we return
        foreach (ref readonly var item in batch.Items)
        {
            if (item.Kind is HappeningKind.Other)
            {
                Handle(item.Other!);
                continue;
            }

            if (Find(item.Id) is not { } connection) continue;
            switch (item.Kind)
            {
                case HappeningKind.Datagram: connection.OnDatagram(item.Number, batch.BytesOf(item)); break;
                case HappeningKind.Verdict: connection.OnVerdicts(item.Number, item.Count, item.Delivered); break;
                case HappeningKind.Readable: connection.OnReadable((uint)item.Number); break;
                case HappeningKind.Writable: connection.OnWritable((uint)item.Number); break;
                case HappeningKind.Other: break;
            }
        }
    }

    public void Ended(Exception? error)
    {
        foreach (var dial in _dials.Values) dial.Opened.TrySetException(new HawserException(Reason.Failed, "the endpoint has stopped", inner: error));
        foreach (var connection in _connections.Values) connection.OnClosed(CloseReason.Shutdown);
        _connections.Clear();
        owner.Stopped();
    }

    private Connection? Find(ConnectionId id)
    {
        if (_last is { } last && last.Id == id) return last;
        return _connections.TryGetValue(id, out var found) ? _last = found : null;
    }

    private void Handle(EndpointEvent happened)
    {
        switch (happened)
        {
            case EndpointEvent.SolveWanted wanted: owner.Consider(wanted, _dials.GetValueOrDefault(wanted.Connection)); break;
            case EndpointEvent.Requested asked: owner.Decide(asked); break;
            case EndpointEvent.Established up: Establish(up); break;
            case EndpointEvent.StreamOpened e: Find(e.Connection)?.OnStreamOpened(e.Stream); break;
            case EndpointEvent.StreamReset e: Find(e.Connection)?.OnStreamReset(e.Stream); break;
            case EndpointEvent.Closed closed: Close(closed); break;
            default: throw new InvalidOperationException($"no batch holds {happened}");
        }
    }

    private void Establish(EndpointEvent.Established up)
    {
        _dials.TryRemove(up.Connection, out var dial);
        var connection = new Connection(Access, up, dial is null ? handler : dial.Handler);
        _connections[up.Connection] = connection;
        connection.OnEstablished();
        if (dial is not null) dial.Opened.TrySetResult(connection);
        else owner.Arrived(connection);
    }

    private void Close(EndpointEvent.Closed closed)
    {
        if (_last?.Id == closed.Connection) _last = null;
        if (_connections.TryRemove(closed.Connection, out var gone)) gone.OnClosed(closed.Reason);
        if (_dials.TryRemove(closed.Connection, out var failed)) failed.Opened.TrySetException(failed.Failure(closed.Reason));
    }

    /// <summary>Our own attempt to connect.</summary>
    internal sealed class Dial(DhPublicKey host, ConnectionHandler? handler, CancellationToken cancel)
    {
        public ConnectionId Id { get; set; }

        public DhPublicKey Host => host;

        public ConnectionHandler? Handler => handler;

        public CancellationToken Cancel => cancel;

        /// <summary>The application did not like the challenge.</summary>
        public bool GivenUp { get; set; }

        public TaskCompletionSource<Connection> Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HawserException Failure(CloseReason reason) => (GivenUp, reason) switch
        {
            (true, _) => new(Reason.Refused, "we gave the attempt up when the host's challenge came"),
            (_, CloseReason.Timeout) => new(Reason.Unreachable, "the host did not answer"),
            (_, CloseReason.Refused) => new(Reason.Refused, "the host refused the connection"),
            (_, CloseReason.FailedPuzzle) => new(Reason.Failed, "the host asks for more work than we do"),
            _ => new(Reason.Failed, $"the connection ended before it was open: {reason}"),
        };
    }
}
