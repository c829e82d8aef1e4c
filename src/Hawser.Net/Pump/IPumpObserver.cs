namespace Hawser.Net.Pump;

/// <summary>
/// Takes a machine's events straight from the pump, in place of a channel of objects. Both methods are called by the
/// one thread that drains; what it calls in turn may feed the machine.
/// </summary>
/// <typeparam name="TMachine">The machine that the pump drives.</typeparam>
public interface IPumpObserver<in TMachine>
{
    /// <summary>Under the pump's lock: takes what there is. False if there was nothing.</summary>
    bool Collect(TMachine machine);

    /// <summary>Without the lock: tells it to whom it concerns.</summary>
    void Deliver();

    /// <summary>The socket is gone, by disposal or with an error.</summary>
    void Ended(Exception? error);
}
