using Hawser.Transport;

namespace Hawser.Session.Tcp;

/// <summary>What TCP has to tell besides what every carrier tells.</summary>
internal abstract record TcpNote
{
    private TcpNote() { }

    /// <summary>A connection was ended in silence.</summary>
    public sealed record Silenced(TcpDrop Reason) : TcpNote;

    /// <summary>
    /// So many connections from one address came to nothing within a minute. The address has to be slower from now on;
    /// it is not banned, as others may share it. A firewall may know better.
    /// </summary>
    public sealed record Pressed(HostPort Address, int Failures) : TcpNote;

    /// <summary>Somebody asks; answer with <see cref="TcpChannels.AnswerQuery"/>.</summary>
    public sealed record Queried(ConnectionId Connection, byte[] Question) : TcpNote;

    /// <summary>Our question has an answer; null if it has none.</summary>
    public sealed record Answered(ConnectionId Connection, byte[]? Answer) : TcpNote;
}
