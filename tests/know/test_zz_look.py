import pytest
from django.test import Client
pytestmark = pytest.mark.django_db(transaction=True)
def test_look(live_server, browser, signed_in):
    exec(open('/tmp/ident/more.py').read().replace("import os, django\ndjango.setup()\n",""), globals())
    from keskio.know.models import Customer
    from keskio.know.groups.models import Group
    a=a_id=globals()['a']; g=globals()['g']
    client=signed_in("admin")
    cookie=client.cookies["sessionid"].value
    pages={"doubts":"/identities/","rules":"/identities/rules/","known":f"/customers/{a}/known/","history":f"/customers/{a}/history/?on=2026-11-22","groups":"/groups/","group":f"/groups/{g}/"}
    for width,lang in ((1280,"fi"),(390,"fi"),(320,"en")):
        ctx=browser.new_context(viewport={"width":width,"height":900},extra_http_headers={"Accept-Language":lang})
        ctx.add_cookies([{"name":"sessionid","value":cookie,"url":live_server.url}])
        pg=ctx.new_page()
        for n,u in pages.items():
            r=pg.goto(live_server.url+u); print(n,width,r.status,pg.evaluate("document.documentElement.scrollWidth"))
            if width!=320: pg.screenshot(path=f"/tmp/ident/{n}-{width}.png",full_page=True)
        if width==390:
            pg.goto(live_server.url+"/identities/rules/"); pg.fill("[name=user_id-limit]","2"); pg.click("button[value=preview]"); pg.screenshot(path="/tmp/ident/preview-390.png",full_page=False); print(pg.inner_text("#preview"))
        ctx.close()
