namespace Hawser.Net;

/// <summary>What Hawser could not do: a reason, one sentence for people, and what they can do about it.</summary>
public sealed class HawserException : Exception
{
    /// <summary>States what failed.</summary>
    /// <param name="reason">For programs, and for the exit code.</param>
    /// <param name="message">One sentence without a full stop.</param>
    /// <param name="remedy">What the user can do; null where there is nothing to do.</param>
    /// <param name="inner">What lies below, for logs.</param>
    public HawserException(Reason reason, string message, string? remedy = null, Exception? inner = null)
        : base(message, inner) => (Reason, Remedy) = (reason, remedy);

    /// <summary>Why.</summary>
    public Reason Reason { get; }

    /// <summary>What the user can do.</summary>
    public string? Remedy { get; }
}
