namespace Hawser.Net.Names;

/// <summary><c>WHO</c>: for whom something is meant. cli.md §1.</summary>
internal abstract record Audience
{
    private Audience()
    {
    }

    public static Audience Parse(string text) => text switch
    {
        "contacts" => new Contacts(),
        "anyone" => new Anyone(),
        _ => PeerReference.Parse(text) is { Service: null } peer
            ? new One(peer)
            : throw new HawserException(Reason.Usage, $"{text} names a service where only a peer can stand", "leave the /SERVICE away"),
    };

    /// <summary>Every contact that is not blocked.</summary>
    public sealed record Contacts : Audience
    {
        public override string ToString() => "contacts";
    }

    /// <summary>Whoever knows where to knock.</summary>
    public sealed record Anyone : Audience
    {
        public override string ToString() => "anyone";
    }

    public sealed record One(PeerReference Peer) : Audience
    {
        public override string ToString() => Peer.ToString();
    }
}
