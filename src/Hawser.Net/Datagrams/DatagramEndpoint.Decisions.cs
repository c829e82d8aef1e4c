using Hawser.Transport;

namespace Hawser.Net.Datagrams;

public sealed partial class DatagramEndpoint
{
    private const int SolveSlice = 1 << 14; // tries between two looks at whether anybody still wants it
    private const int EasyPuzzle = 10; // bits: sooner done than handed to a worker
    private const int TrivialPuzzle = 4; // bits: sooner done than asked about

    internal void Arrived(Connection connection)
    {
        if (_options.Handler is null && !_incoming.Writer.TryWrite(connection)) connection.Close(CloseReason.Refused);
    }

    internal void Stopped() => _incoming.Writer.TryComplete();

    internal void Consider(EndpointEvent.SolveWanted wanted, EndpointDriver.Dial? dial)
    {
        if (dial is null) return;
        var challenge = new ChallengeAsked(dial.Host.ToString(), wanted.ResponseData, (int)wanted.Puzzle.Difficulty);
        if (_options.AcceptChallenge is { } accept && !accept(challenge))
        {
            dial.GivenUp = true;
            Access.Feed(wanted.Connection, static (endpoint, now, id) => endpoint.Close(now, id, CloseReason.SelfDisconnect));
            return;
        }

        if (wanted.Puzzle.Difficulty <= EasyPuzzle || _manual is not null) Solve(wanted, dial.Cancel);
        else _ = Task.Run(() => Solve(wanted, dial.Cancel), _stop.Token);
    }

    internal void Decide(EndpointEvent.Requested asked)
    {
        var decision = _options.Decide?.Invoke(new(asked.Route.Remote, asked.PeerKey.ToString(), asked.ConnectData)) ?? ConnectionDecision.Ignore;
        Access.Feed((asked.Connection, decision), static (endpoint, now, call) =>
        {
            var (id, decision) = call;
            switch (decision.Answer)
            {
                case DecisionKind.Accept: endpoint.Accept(now, id, decision.Data.Span); break;
                case DecisionKind.Refuse: endpoint.Refuse(now, id); break;
                case DecisionKind.Ignore: endpoint.Ignore(now, id); break;
            }
        });
    }

    private void Solve(EndpointEvent.SolveWanted wanted, CancellationToken cancel)
    {
        for (uint from = 0; !_stop.IsCancellationRequested && !cancel.IsCancellationRequested && from < uint.MaxValue - SolveSlice; from += SolveSlice)
        {
            if (!Puzzle.TrySolve(wanted.Puzzle, from, SolveSlice, out var x)) continue;
            Access.Feed((wanted.Number, x), static (endpoint, now, a) => ((Endpoint)endpoint).Solved(now, a.Number, a.x));
            return;
        }
    }
}
