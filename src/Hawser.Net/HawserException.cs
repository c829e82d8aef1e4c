namespace Hawser.Net;

/// <summary>The peer or the network failed us; the message is for people.</summary>
public sealed class HawserException : IOException
{
    /// <summary>With a reason alone.</summary>
    public HawserException(HawserReason reason, string message, Exception? inner = null)
        : base(message, inner) => Reason = reason;

    /// <summary>What to do about it depends on this.</summary>
    public HawserReason Reason { get; }
}

/// <summary>Why something did not come about.</summary>
public enum HawserReason
{
    /// <summary>The peer did not answer in time.</summary>
    Unreachable,

    /// <summary>The peer answered, and does not want us.</summary>
    Refused,

    /// <summary>The peer has no such service, or not for us.</summary>
    NoSuchService,

    /// <summary>The peer cannot reach what stands behind its service.</summary>
    TargetUnreachable,

    /// <summary>The connection or the stream ended under us.</summary>
    Closed,

    /// <summary>The peer said what makes no sense.</summary>
    Protocol,

    /// <summary>The peer declined a file, or could not store it.</summary>
    NotStored,
}
