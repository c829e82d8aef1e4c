using System.Collections.Concurrent;
using Hawser.Node;
using Hawser.Session;
using Hawser.Transport;
using Hawser.Wire;

namespace Hawser.Net.Hosting;

// Callers with a ticket: what they show is redeemed on disk before they are answered, and a void one meets silence.
internal sealed partial class NodeRuntime
{
    private readonly ConcurrentDictionary<ConnectionId, Bytes32> _ticketOf = new();

    /// <summary>Null: this node gives out no tickets.</summary>
    public Invitations? Invitations { get; init; }

    private void AnswerTicket(NodeEvent.CallerProved proved)
    {
        HostPort? from = proved.Route.Kind is RouteKind.Udp ? proved.Route.Remote : null; // a caller's TCP port leads nowhere
        if (TicketShown.TryRead(proved.Ticket, out var shown)
            && Invitations?.Redeem(shown, proved.Key, from) is TicketVerdict.Ok or TicketVerdict.AlreadyYours)
        {
            var hash = _ticketOf[proved.Connection] = Ticket.Hash(shown.Token);
            var promised = shown.Purpose is TicketPurpose.Receive ? Invitations.FilesOf(hash).Write() : [];
            Tell((proved.Connection, promised), static (machine, now, accepted) => machine.Channels.Accept(now, accepted.Connection, accepted.promised));
        }
        else
        {
            Tell(proved.Connection, static (machine, now, id) => machine.Channels.Ignore(now, id));
        }
    }

    private bool IsInvited(NodeEvent.IntroductionAsked asked) =>
        TicketShown.TryRead(asked.Ticket, out var shown) && Invitations?.Admits(shown, asked.Key) is true;

    /// <summary>A secret of a connection's two ends; null once it is gone.</summary>
    public Bytes32? ExporterOf(ConnectionId connection) => Ask((machine, _) => machine.Channels.Describe(connection)?.Exporter);

    // The joiner has sent something sealed: it is who it said.
    private void Meet(ConnectionId connection)
    {
        if (!_ticketOf.TryRemove(connection, out var hash) || ExporterOf(connection) is not { } exporter) return;
        Start(() =>
        {
            Invitations!.Met(hash, exporter);
            return Task.CompletedTask;
        });
    }
}
