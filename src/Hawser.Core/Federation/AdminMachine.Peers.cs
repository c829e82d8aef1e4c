using System.Globalization;
using System.Text;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What admins ask of each other: votes, certificates, leaves.</summary>
internal sealed partial class AdminMachine
{
    private const int MaxInFlight = 4; // federation.md §6: vote batches on their way to one member

    private readonly Dictionary<long, Fetching> _fetches = [];
    private readonly Dictionary<(RoutingId Member, LogHead Head), LeafFetch> _leafFetches = [];
    private long _lastFetch;
    private int _nextSource;
    private bool _wantsCertificate;

    /// <summary>What came of Fetch(number); null if nothing did.</summary>
    public void Fetched(Moment now, long number, AdminStatus? status, ReadOnlySpan<byte> body)
    {
        if (!_fetches.Remove(number, out var fetch)) return;
        switch (fetch.Verb)
        {
            case AdminVerb.Leaves: FetchedLeaves(now, fetch.Leaves!, status, body); break;
            case AdminVerb.Certificate: FetchedCertificate(now, fetch.Member, status, body); break;
            case AdminVerb.Votes when status is AdminStatus.Ok && !body.IsEmpty: Accept(now, body); break;
        }

        Drain(now);
    }

    private void AskVotes(Moment now, long number, ReadOnlySpan<byte> body)
    {
        if (!_agreement.Receive(now, body, out var height)) Refuse(number, "this is no batch of votes");
        else Answer(number, AdminStatus.Ok, height < Height && _reader.Certificate(height) is { } file ? file : []);
    }

    private void AskCertificate(long number, ReadOnlySpan<byte> body)
    {
        var height = (ulong)Height - 1;
        if (!body.IsEmpty && (!LineReader.TryParseDecimal(body, out height) || height > uint.MaxValue))
            Refuse(number, "a height is a number");
        else if (_reader.Certificate((uint)height) is { } file) Answer(number, AdminStatus.Ok, file);
        else Answer(number, AdminStatus.NotFound, []);
    }

    private void AskLeaves(long number, ReadOnlySpan<byte> body)
    {
        if (!LeavesRequest.TryRead(body, out var request) || _epochs.Find(request.Member) is null)
        {
            Refuse(number, "this is no request for a member's leaves");
            return;
        }

        var leaves = new List<byte[]>();
        var room = LeavesAnswer.MaxSize;
        var certified = _replicas.CertifiedSize(request.Member);
        var beyond = request.Head.Size > certified ? _replicas.Between(request.Member, request.Head) : [];
        for (var index = request.From; beyond is not null && index < request.Head.Size; index++)
        {
            var leaf = index < certified ? _reader.Leaf(request.Member, index) : beyond[(int)(index - certified)];
            if (leaf is null || (room -= 4 + leaf.Length) < 0) break;
            leaves.Add(leaf);
        }

        if (leaves.Count > 0) Answer(number, AdminStatus.Ok, new LeavesAnswer(leaves).Write());
        else Answer(number, AdminStatus.NotFound, []);
    }

    private void PostVotes(Member member, byte[] batch)
    {
        // A member that does not answer costs no more than this; the next gossip has all that was left out.
        if (_fetches.Values.Count(f => f.Member.Id == member.Id && f.Verb is AdminVerb.Votes) < MaxInFlight)
            Fetch(member, AdminVerb.Votes, batch, null);
    }

    private void FetchLeaves(RoutingId member, in LogHead head)
    {
        if (!_leafFetches.TryGetValue((member, head), out var fetch))
            _leafFetches.Add((member, head), fetch = new(member, head));
        if (fetch.InFlight || Others.Count == 0) return;
        Continue(fetch);
    }

    /// <summary>The log's owner first, then everybody in turn.</summary>
    private void Continue(LeafFetch fetch)
    {
        var others = Others;
        var owner = others.FindIndex(member => member.Id == fetch.Member);
        fetch.InFlight = true;
        var from = _replicas.CertifiedSize(fetch.Member) + (ulong)fetch.Leaves.Count;
        Fetch(others[(Math.Max(owner, 0) + fetch.Attempt) % others.Count], AdminVerb.Leaves, new LeavesRequest(fetch.Member, from, fetch.Head).Write(), fetch);
    }

    private void FetchedLeaves(Moment now, LeafFetch fetch, AdminStatus? status, ReadOnlySpan<byte> body)
    {
        fetch.InFlight = false;
        var certified = _replicas.CertifiedSize(fetch.Member);
        if (fetch.Head.Size <= certified || fetch.Base != certified && fetch.Leaves.Count > 0)
        {
            _leafFetches.Remove((fetch.Member, fetch.Head)); // certificates were faster
            return;
        }

        fetch.Base = certified;
        if (status is not AdminStatus.Ok || !LeavesAnswer.TryRead(body, out var answer) || answer.Leaves.Count == 0 ||
            (ulong)(fetch.Leaves.Count + answer.Leaves.Count) > fetch.Head.Size - certified)
        {
            fetch.Fail(); // the agreement asks again with its next gossip
            return;
        }

        fetch.Leaves.AddRange(answer.Leaves);
        if ((ulong)fetch.Leaves.Count < fetch.Head.Size - certified)
        {
            Continue(fetch);
        }
        else if (_replicas.Add(fetch.Member, fetch.Head, fetch.Leaves))
        {
            _leafFetches.Remove((fetch.Member, fetch.Head));
            _agreement.LeavesHeld(now);
        }
        else
        {
            fetch.Fail();
        }
    }

    private void FetchCertificate(uint height, Member? from = null)
    {
        if (_wantsCertificate || Others is not { Count: > 0 } others) return;
        _wantsCertificate = true;
        Fetch(from ?? others[_nextSource++ % others.Count], AdminVerb.Certificate, Encoding.ASCII.GetBytes(height.ToString(CultureInfo.InvariantCulture)), null);
    }

    private void FetchedCertificate(Moment now, Member from, AdminStatus? status, ReadOnlySpan<byte> body)
    {
        _wantsCertificate = false;
        if (status is AdminStatus.Ok && Accept(now, body)) FetchCertificate(Height, from); // until it has no more
    }

    private bool Accept(Moment now, ReadOnlySpan<byte> file) =>
        TickCertificate.TryRead(file, Members, out var certificate) && _agreement.Accept(now, certificate);

    private void Fetch(Member member, AdminVerb verb, byte[] body, LeafFetch? leaves)
    {
        _fetches.Add(++_lastFetch, new(member, verb, leaves));
        _events.Enqueue(new AdminEvent.Fetch(_lastFetch, member, verb, body));
    }

    // Whom I can ask: where they moved to they may be found by who lags behind too.
    private List<Member> Others => [.. Members.All.Where(member => member.Id != Me?.Id)];

    private sealed record Fetching(Member Member, AdminVerb Verb, LeafFetch? Leaves);

    private sealed class LeafFetch(RoutingId member, LogHead head)
    {
        public RoutingId Member { get; } = member;
        public LogHead Head { get; } = head;
        public List<byte[]> Leaves { get; } = [];
        public ulong Base { get; set; }
        public int Attempt { get; set; }
        public bool InFlight { get; set; }

        public void Fail()
        {
            Attempt++;
            Leaves.Clear();
        }
    }
}
